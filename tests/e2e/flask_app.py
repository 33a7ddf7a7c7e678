"""The Flask app that test_flask.py drives: every way of caching that Flask-Caching has.

Its settings come from the environment: E2E_CACHE holds the CACHE_… settings as JSON, E2E_COUNTS
the file that gets one line per call of a function that does real work, so that the tests can tell
a cached answer from a computed one.
"""

import json
import os
import uuid

from flask import Flask, jsonify, render_template_string, request
from flask_caching import Cache, make_template_fragment_key
from werkzeug.serving import make_server

app = Flask(__name__)
app.config.update({"CACHE_TYPE": "RedisCache"}, **json.loads(os.environ["E2E_CACHE"]))
cache = Cache(app)


def count(name):
    """Notes that the function `name` really ran; one write, so that processes do not mix lines."""
    counts = os.open(os.environ["E2E_COUNTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(counts, name.encode() + b"\n")
    os.close(counts)


def compute(name):
    """Stands for expensive work; its result is never the same twice."""
    count(name)
    return f"{name} {uuid.uuid4().hex}"


@app.after_request
def tell_the_process(response):
    response.headers["X-Process"] = str(os.getpid())
    return response


@app.errorhandler(Exception)
def tell_the_error(error):
    return jsonify(error=f"{type(error).__module__}.{type(error).__name__}", text=str(error)), 503


# --- whole views


@app.get("/plain")
@cache.cached(timeout=60)
def plain():
    return compute("plain")


@app.get("/default-timeout")
@cache.cached()
def default_timeout():
    return compute("default-timeout")


@app.get("/forever")
@cache.cached(timeout=0)
def forever():
    return compute("forever")


@app.get("/short")
@cache.cached(timeout=1)
def short():
    return compute("short")


@app.get("/search")
@cache.cached(timeout=60, query_string=True)
def search():
    return compute("search " + request.args.get("q", ""))


@app.get("/profile")
@cache.cached(timeout=60, make_cache_key=lambda: "profile-of-" + request.headers["X-User"])
def profile():
    return compute("profile " + request.headers["X-User"])


@app.get("/prefixed")
@cache.cached(timeout=60, key_prefix="the-same-for-all-paths")
def prefixed():
    return compute("prefixed")


@app.get("/unless")
@cache.cached(timeout=60, unless=lambda: "X-Preview" in request.headers)
def unless():
    return compute("unless")


@app.get("/filtered")
@cache.cached(timeout=60, response_filter=lambda rv: not (isinstance(rv, tuple) and rv[1] >= 500))
def filtered():
    body = compute("filtered")
    return (body, 500) if "fail" in request.args else body


@app.get("/forced")
@cache.cached(timeout=60, forced_update=lambda: "renew" in request.args)
def forced():
    return compute("forced")


# --- functions


@cache.memoize(timeout=60)
def price(article, currency="EUR"):
    return compute(f"price {article} {currency}")


@cache.memoize(timeout=60, cache_none=True)
def find(_article):
    count("find")


class Basket:
    """Memoized per instance, which __repr__ tells apart."""

    def __init__(self, owner):
        self.owner = owner

    def __repr__(self):
        return f"Basket({self.owner})"

    @cache.memoize(timeout=60)
    def total(self, rebate):
        return compute(f"total {self.owner} {rebate}")


@app.get("/price/<article>")
def show_price(article):
    return price(article, **request.args)


@app.post("/price/forget")
@app.post("/price/<article>/forget")
def forget_price(article=None):
    cache.delete_memoized(price, *([article] if article else []))
    return ""


@app.get("/find/<article>")
def show_find(article):
    return jsonify(find(article))


@app.get("/basket/<owner>")
def show_basket(owner):
    return Basket(owner).total(int(request.args["rebate"]))


@app.post("/basket/<owner>/forget")
def forget_basket(owner):
    cache.delete_memoized(Basket(owner).total)
    return ""


# --- template fragments

PAGE = """
{% cache 60, 'menu' %}<nav>{{ compute('menu') }}</nav>{% endcache %}
{% cache 60, 'greeting', user %}<p>{{ compute('greeting ' + user) }}</p>{% endcache %}
"""


@app.get("/page")
def page():
    return render_template_string(PAGE, compute=compute, user=request.args["user"])


@app.post("/page/forget")
def forget_fragment():
    cache.delete(make_template_fragment_key("greeting", vary_on=[request.args["user"]]))
    return ""


# --- the cache itself


@app.post("/cache/<operation>")
def call(operation):
    """Calls a method of the cache with the arguments in the body, and returns what it returned."""
    arguments = request.get_json()
    backend = cache if hasattr(cache, operation) else cache.cache
    result = getattr(backend, operation)(*arguments["args"], **arguments["kwargs"])
    return jsonify(result=result)


@app.post("/large/<int:size>")
def store_large(size):
    return jsonify(result=cache.set("large", os.urandom(size).hex(), timeout=60))


@app.get("/large")
def read_large():
    return cache.get("large")


def serve(descriptor):
    """Serves the app from this one process on a listening socket."""
    make_server("127.0.0.1", 0, app, threaded=True, fd=descriptor).serve_forever()
