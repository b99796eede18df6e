"""
A Django site reduced to its caches: reads one JSON command a line, answers one JSON line. Values travel in a form that
says their Python type ({"t": "int", "v": "1"}), so that neither side's idea of JSON decides what they are.
"""
import base64
import collections
import datetime
import decimal
import json
import gzip
import random
import sys
import types
import uuid

import django
from django.conf import settings

UTC = datetime.timezone.utc


def typed(value, depth=()):
    """The value with the types spelled out; a container inside itself is a reference to how many levels up."""
    if id(value) in depth:
        return {"t": "ref", "depth": len(depth) - depth.index(id(value))}
    kind = type(value)
    inner = depth + (id(value),)
    if value is None:
        return {"t": "none"}
    if kind is bool:
        return {"t": "bool", "v": value}
    if kind is int:
        return {"t": "int", "v": str(value)}
    if kind is float:
        return {"t": "float", "v": repr(value)}
    if kind is str:
        return {"t": "str", "v": value}
    if kind in (bytes, bytearray):
        return {"t": kind.__name__, "v": value.hex()}
    if kind in (list, tuple):
        return {"t": kind.__name__, "v": [typed(item, inner) for item in value]}
    if kind in (set, frozenset):
        items = [typed(item, inner) for item in value]
        return {"t": kind.__name__, "v": sorted(items, key=lambda item: json.dumps(item, sort_keys=True))}
    if kind in (dict, collections.OrderedDict, collections.Counter):
        return {"t": kind.__name__, "v": [[typed(k, inner), typed(v, inner)] for k, v in value.items()]}
    if kind is collections.defaultdict:
        factory = value.default_factory
        name = None if factory is None else factory.__name__
        return {"t": "defaultdict", "factory": name, "v": [[typed(k, inner), typed(v, inner)] for k, v in value.items()]}
    if kind is collections.deque:
        return {"t": "deque", "maxlen": value.maxlen, "v": [typed(item, inner) for item in value]}
    if kind is datetime.datetime:
        tz = None if value.tzinfo is None else str(value.tzinfo.tzname(value) if not hasattr(value.tzinfo, "key") else value.tzinfo.key)
        return {"t": "datetime", "v": value.isoformat(), "fold": value.fold, "tz": tz}
    if kind is datetime.date:
        return {"t": "date", "v": value.isoformat()}
    if kind is datetime.time:
        return {"t": "time", "v": value.isoformat(), "tz": None if value.tzinfo is None else str(value.tzinfo)}
    if kind is datetime.timedelta:
        return {"t": "timedelta", "days": value.days, "seconds": value.seconds, "microseconds": value.microseconds}
    if kind in (decimal.Decimal, uuid.UUID):
        return {"t": kind.__name__, "v": str(value)}
    if kind is complex:
        return {"t": "complex", "re": value.real, "im": value.imag}
    if kind.__name__ == "SafeString":
        return {"t": "SafeString", "v": str(value)}
    raise TypeError("no typed form for %r" % (kind,))


def untyped(form):
    """The Python value of a typed form."""
    kind, value = form["t"], form.get("v")
    if kind == "none":
        return None
    if kind == "bool":
        return value
    if kind == "int":
        return int(value)
    if kind == "float":
        return float(value)
    if kind == "str":
        return value
    if kind in ("bytes", "bytearray"):
        return (bytes if kind == "bytes" else bytearray)(bytes.fromhex(value))
    if kind in SEQUENCES:
        return SEQUENCES[kind](untyped(item) for item in value)
    if kind == "deque":
        return collections.deque((untyped(item) for item in value), form["maxlen"])
    if kind in ("dict", "OrderedDict", "Counter"):
        pairs = [(untyped(k), untyped(v)) for k, v in value]
        return {"dict": dict, "OrderedDict": collections.OrderedDict, "Counter": lambda p: collections.Counter(dict(p))}[kind](pairs)
    if kind == "defaultdict":
        factory = {"list": list, "int": int, "dict": dict, "set": set, "str": str, "float": float, None: None}[form["factory"]]
        return collections.defaultdict(factory, [(untyped(k), untyped(v)) for k, v in value])
    if kind == "datetime":
        moment = datetime.datetime.fromisoformat(value)
        return moment.replace(fold=form.get("fold", 0))
    if kind == "date":
        return datetime.date.fromisoformat(value)
    if kind == "time":
        return datetime.time.fromisoformat(value)
    if kind == "timedelta":
        return datetime.timedelta(form["days"], form["seconds"], form["microseconds"])
    if kind == "Decimal":
        return decimal.Decimal(value)
    if kind == "UUID":
        return uuid.UUID(value)
    if kind == "complex":
        return complex(form["re"], form["im"])
    if kind == "SafeString":
        from django.utils.safestring import SafeString

        return SafeString(value)
    raise TypeError("no value for %r" % kind)


SEQUENCES = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


def random_value(rng, serializer, depth=0):
    """A value that the serializer gives back as it was; containers get rarer the deeper they are."""
    scalars = [
        lambda: None,
        lambda: rng.random() < 0.5,
        lambda: rng.choice([0, 1, -1, 255, 256, 65535, 65536, 2**31 - 1, 2**31, -(2**31), 2**53, 2**63 - 1, -(2**63)]),
        lambda: rng.randint(-(10**6), 10**6),
        lambda: rng.choice([0.0, -0.0, 1.0, 1.5, -2.25, 1e300, 5e-324, 3.141592653589793, 100.0]),
        lambda: "".join(rng.choice("abc é\u20ac\U0001f600\n\"\\\x00") for _ in range(rng.randint(0, 12))),
        lambda: rng.choice(["", "x" * 300, "__proto__", "constructor", "1", "true"]),
    ]
    if serializer != "json":
        scalars.append(lambda: bytes(rng.randrange(256) for _ in range(rng.randint(0, 20))))
    if serializer == "pickle":
        scalars += [
            lambda: rng.choice([2**70, -(2**70), 10**50]),
            lambda: bytearray(rng.randrange(256) for _ in range(rng.randint(0, 5))),
            lambda: datetime.datetime(rng.randint(1, 9999), rng.randint(1, 12), rng.randint(1, 28), rng.randint(0, 23), 5, 6, rng.randrange(10**6)),
            lambda: datetime.datetime(2024, 2, 29, 12, 34, 56, rng.choice([0, 789000, 789012]), UTC),
            lambda: datetime.datetime(2024, 2, 29, 12, 34, 56, 7, datetime.timezone(datetime.timedelta(minutes=rng.randint(-700, 700)))),
            lambda: datetime.date(rng.randint(1, 9999), 2, 3),
            lambda: datetime.time(rng.randint(0, 23), 59, 1, rng.choice([0, 17])),
            lambda: datetime.timedelta(rng.randint(-999, 999), rng.randint(0, 86399), rng.randint(0, 999999)),
            lambda: decimal.Decimal(rng.choice(["1.10", "-0.001", "1E+10", "NaN", "Infinity", "12345678901234567890.5"])),
            lambda: uuid.UUID(int=rng.getrandbits(128)),
            lambda: complex(rng.choice([0.0, 1.5]), -2.0),
        ]
    if depth > 3 or rng.random() < 0.5:
        return rng.choice(scalars)()
    inner = lambda: random_value(rng, serializer, depth + 1)
    items = lambda: [inner() for _ in range(rng.randint(0, 6))]
    text = lambda: rng.choice(["a", "b", "key", "é", "__proto__", "constructor", "0", "x y"]) + str(rng.randint(0, 9))
    hashables = lambda: [rng.choice([rng.randint(0, 99), text(), (1, text()), None, 2.5]) for _ in range(rng.randint(0, 5))]
    containers = [items, lambda: {text(): inner() for _ in range(rng.randint(0, 6))}]
    if serializer == "pickle":
        containers += [
            lambda: tuple(items()),
            lambda: set(hashables()),
            lambda: frozenset(hashables()),
            lambda: collections.OrderedDict((text(), inner()) for _ in range(rng.randint(0, 4))),
            lambda: collections.defaultdict(list, {text(): items()}),
            lambda: collections.Counter(rng.choice("abc") for _ in range(5)),
            lambda: collections.deque(items(), 10),
            lambda: {rng.choice([1, 2, (3, "t"), None, 2.5]): inner() for _ in range(3)},
            lambda: (lambda shared: [shared, {"again": shared}])(items()),
        ]
    return rng.choice(containers)()


def is_top_level(value):
    """Whether a value may stand alone: whole numbers are plain text there, which other tests cover."""
    return not (isinstance(value, int) and not isinstance(value, bool))


def provide_pyzstd():
    """The distribution has Facebook's zstd as `zstandard`; django-redis asks for it as `pyzstd`."""
    try:
        import pyzstd  # noqa: F401
    except ImportError:
        import zstandard

        module = types.ModuleType("pyzstd")
        module.ZstdError = zstandard.ZstdError
        module.compress = lambda data, *_: zstandard.ZstdCompressor(level=3).compress(data)
        module.decompress = lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)
        sys.modules["pyzstd"] = module


def provide_gzip():
    """django-redis has its gzip compressor only since 5.3; this is what it does."""
    from django_redis.compressors.base import BaseCompressor
    from django_redis.exceptions import CompressorError

    class GzipCompressor(BaseCompressor):
        min_length = 15

        def compress(self, value):
            return gzip.compress(value) if len(value) > self.min_length else value

        def decompress(self, value):
            try:
                return gzip.decompress(value)
            except gzip.BadGzipFile as error:
                raise CompressorError from error

    try:
        import django_redis.compressors.gzip  # noqa: F401
    except ImportError:
        module = types.ModuleType("django_redis.compressors.gzip")
        module.GzipCompressor = GzipCompressor
        sys.modules["django_redis.compressors.gzip"] = module


class Peer:
    def __init__(self):
        self.locks = {}

    def versions(self):
        import django_redis

        return {"django": django.__version__, "django_redis": django_redis.__version__}

    def configure(self, caches):
        settings.configure(CACHES=caches, SECRET_KEY="django_tests_secret_key", USE_TZ=True)
        django.setup()
        provide_pyzstd()
        provide_gzip()

    def cache(self, alias):
        from django.core.cache import caches

        return caches[alias]

    def set(self, alias, key, value, **options):
        return self.cache(alias).set(key, untyped(value), **options)

    def get(self, alias, key):
        return typed(self.cache(alias).get(key))

    def get_many(self, alias, keys):
        found = self.cache(alias).get_many(keys)
        return {key: typed(value) for key, value in found.items()}

    def call(self, alias, method, args=(), kwargs=None):
        """Any method of the cache; the answer in typed form."""
        return typed(getattr(self.cache(alias), method)(*[untyped(arg) for arg in args], **(kwargs or {})))

    def set_random(self, alias, seed, count, serializer):
        """Stores values drawn from a seed under `random:0` and so on; answers what they are."""
        rng = random.Random(seed)
        forms = []
        while len(forms) < count:
            value = random_value(rng, serializer)
            if is_top_level(value):
                self.cache(alias).set("random:%d" % len(forms), value)
                forms.append(typed(value))
        return forms

    def lock(self, alias, key, name, method, **options):
        if method == "create":
            self.locks[name] = self.cache(alias).lock(key, **options)
            return True
        result = getattr(self.locks[name], method)(**options)
        return result if isinstance(result, (bool, int, float, str)) else None

    def add_members(self, alias, key, members):
        """A set as django-redis 6 keeps it: the cache's key, each member encoded by the cache's serializer."""
        client = self.cache(alias).client
        return client.get_client().sadd(client.make_key(key), *[client.encode(untyped(member)) for member in members])

    def members(self, alias, key):
        client = self.cache(alias).client
        found = client.get_client().smembers(client.make_key(key))
        return sorted((typed(client.decode(member)) for member in found), key=lambda form: json.dumps(form, sort_keys=True))

    def count_up(self, alias, key, times):
        for _ in range(times):
            self.cache(alias).incr(key)
        return True

    def count_locked(self, alias, key, counter, times):
        """Reads, adds and writes under a lock: without one, counts would be lost."""
        for _ in range(times):
            with self.cache(alias).lock(key, timeout=20, sleep=0.002):
                self.cache(alias).set(counter, (self.cache(alias).get(counter) or 0) + 1)
        return True

    def sign(self, method, value, salt=None, **options):
        """`django.core.signing` by the names of this package; values in typed form, signed texts as they are."""
        from django.core import signing

        salted = {} if salt is None else {"salt": salt}
        if method in ("sign", "unsign"):
            return getattr(signing.Signer(**salted, **options), method)(value)
        if method in ("signTimestamped", "unsignTimestamped"):
            return getattr(signing.TimestampSigner(**salted), method.replace("Timestamped", ""))(value, **options)
        if method == "signObject":
            return signing.Signer(**salted).sign_object(untyped(value), **options)
        if method == "unsignObject":
            return typed(signing.Signer(**salted).unsign_object(value))
        if method == "dumps":
            return signing.dumps(untyped(value), **salted, **options)
        return typed(signing.loads(value, **salted, **options))

    def dumps_random(self, seed, count):
        """Values drawn from a seed, each with what `signing.dumps` makes of it."""
        from django.core import signing

        rng = random.Random(seed)
        values = [random_value(rng, "json") for _ in range(count)]
        return [{"form": typed(value), "text": signing.dumps(value, compress=rng.random() < 0.5)} for value in values]

    def sign_cookie(self, name, value, salt):
        from django.http import HttpResponse

        response = HttpResponse()
        response.set_signed_cookie(name, value, salt)
        return response.cookies[name].value

    def read_cookie(self, name, text, salt):
        from django.http import HttpRequest

        request = HttpRequest()
        request.COOKIES[name] = text
        return request.get_signed_cookie(name, salt=salt)

    def session_text(self, method, value):
        """What the column `session_data` holds. A text before Django 3.1 is made by `encode_legacy`."""
        from django.contrib.sessions.backends.signed_cookies import SessionStore
        from django.utils.crypto import salted_hmac

        store = SessionStore()
        if method == "encode":
            return store.encode(untyped(value))
        if method == "encode_legacy":
            # As Django 3.0 did it; from 4.0 on there is nothing left that does.
            text = store.serializer().dumps(untyped(value))
            mark = salted_hmac("django.contrib.sessions" + type(store).__name__, text).hexdigest()
            return base64.b64encode(mark.encode() + b":" + text).decode("ascii")
        return typed(store.decode(value))

    def cookie_session(self, cookie, fields=None):
        """A session of the engine `signed_cookies`: what is in the cookie and, with fields, the cookie that has them too."""
        from django.contrib.sessions.backends.signed_cookies import SessionStore

        store = SessionStore(cookie)
        if fields is not None:
            store.update(untyped(fields))
            store.save()
        return {"fields": typed(dict(store.items())), "cookie": store.session_key}


def main():
    peer = Peer()
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer = {"answer": getattr(peer, command["op"])(**command["args"])}
        except Exception as error:  # every failure is an answer of its own to the other side
            answer = {"error": "%s: %s" % (type(error).__name__, error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
