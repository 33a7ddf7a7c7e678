"""A small tea shop whose pages are slow to compute, and the ways in which Flask-Caching and Larder
make them fast. Each card of the page is one strategy; shop.html shows the code that matters."""

import os
import time

import redis
from flask import Flask, g, jsonify, make_response, render_template, request
from flask_caching import Cache, make_template_fragment_key

import warehouse

LARDER_URL = os.environ.get("LARDER_URL", "redis://127.0.0.1:6379/0")

app = Flask(__name__)
app.config.update(
    CACHE_TYPE="RedisCache",
    CACHE_REDIS_URL=LARDER_URL,
    CACHE_KEY_PREFIX="shop_cache_",
    CACHE_DEFAULT_TIMEOUT=300,
)
cache = Cache(app)

# The counters of the page are no cache: they have another prefix, so that clear() leaves them.
larder = redis.Redis.from_url(LARDER_URL, socket_timeout=5)
STRATEGIES = ("view", "query", "user", "conditional", "memoize", "fragment", "many", "renew")
# Which strategy an address shows, so that its requests can be counted.
STRATEGY_OF = {"offers": "view", "search": "query", "recommendations": "user",
               "delivery": "conditional", "quote": "memoize", "shelf": "fragment",
               "prices": "many", "bestsellers": "renew"}


def ran(strategy, times=1):
    """Notes that work was really done, and not taken from the cache."""
    g.ran = g.get("ran", 0) + times
    tell_larder(lambda: larder.incrby(f"shop:ran:{strategy}", times))


def tell_larder(action):
    """The shop goes on when Larder is away, just without counting."""
    try:
        return action()
    except redis.RedisError:
        return None


def user():
    return request.args.get("user", "guest")


# --- the strategies


@app.get("/offers")
@cache.cached(timeout=60)
def offers():
    ran("view")
    return render_template("articles.html", articles=warehouse.find_offers())


@app.get("/search")
@cache.cached(timeout=60, query_string=True)
def search():
    ran("query")
    found = warehouse.search(request.args.get("kind", ""), request.args.get("sort", "name"))
    return render_template("articles.html", articles=found)


def key_of_user():
    return "recommendations-" + user()


@app.get("/recommendations")
@cache.cached(timeout=60, make_cache_key=key_of_user)
def recommendations():
    ran("user")
    return render_template("articles.html", articles=warehouse.recommend(user()),
                           note=f"for {user()}")


def is_staff():
    return user() == "staff"


def is_complete(response):
    """Only answers of the courier are worth keeping, its failures are not."""
    return response.status_code == 200


@app.get("/delivery")
@cache.cached(timeout=60, query_string=True, unless=is_staff, response_filter=is_complete)
def delivery():
    ran("conditional")
    days = warehouse.ask_courier(fails="fail" in request.args)
    if days is None:
        return make_response(render_template("note.html", text="The courier does not answer."), 503)
    return make_response(render_template(
        "note.html", text=f"Ordered now, your tea arrives in {days} days."))


@cache.memoize(timeout=60)
def price_of(article, amount):
    ran("memoize")
    return warehouse.calculate_price(article, amount)


@app.get("/quote")
def quote():
    article, amount = request.args.get("article", "Sencha"), int(request.args.get("amount", 1))
    price = price_of(article, amount)
    return render_template("note.html", text=f"{amount} × {article}: {price:.2f} €")


def newest(kind):
    """Called by a cached block of shelf.html, thus only when that block is rendered."""
    ran("fragment")
    return warehouse.newest(kind)


@app.get("/shelf")
def shelf():
    return render_template("shelf.html", newest=newest, user=user())


@app.get("/prices")
def prices():
    keys = {f"price-{name}": name for name in warehouse.NAMES}
    found = cache.get_dict(*keys)
    missing = [keys[key] for key, price in found.items() if price is None]
    if missing:
        ran("many", len(missing))
        loaded = {f"price-{name}": warehouse.load_price(name) for name in missing}
        cache.set_many(loaded, timeout=60)
        found.update(loaded)
    return render_template("prices.html", missing=missing,
                           prices={keys[key]: price for key, price in found.items()})


def is_renewal():
    return "renew" in request.args


@app.get("/bestsellers")
@cache.cached(timeout=300, forced_update=is_renewal)
def bestsellers():
    ran("renew")
    return render_template("articles.html", articles=warehouse.count_sales(),
                           note="as of " + time.strftime("%H:%M:%S"))


# --- invalidation

def forget_addresses(view, *addresses):
    """A key by query string is a hash, which Flask-Caching makes of a request."""
    for address in addresses:
        with app.test_request_context(address):
            cache.delete(view.make_cache_key(use_request=True))


FORGET = {
    "view": lambda: cache.delete("view//offers"),
    "query": lambda: forget_addresses(search, "/search?kind=green&sort=price",
                                      "/search?kind=black&sort=price"),
    "user": lambda: cache.delete(key_of_user()),
    "conditional": lambda: forget_addresses(delivery, "/delivery"),
    "memoize": lambda: cache.delete_memoized(price_of, "Sencha", 1),
    "fragment": lambda: cache.delete(make_template_fragment_key("newest", vary_on=["green"])),
    "many": lambda: cache.delete_many("price-Sencha", "price-Assam"),
    "renew": lambda: cache.delete("view//bestsellers"),
}


@app.post("/forget/<any({}):strategy>".format(",".join(STRATEGIES)))
def forget(strategy):
    FORGET[strategy]()
    return "", 204


@app.post("/clear")
def clear():
    cache.clear()
    return "", 204


# --- the page and its numbers


def numbers():
    """What Larder says of itself, and how often each strategy was asked and really ran."""
    info = larder.info("everything")
    hits, misses = info["keyspace_hits"], info["keyspace_misses"]
    # Counters are read by adding nothing to them: a GET would be another hit or miss.
    pipeline = larder.pipeline(transaction=False)
    for name in STRATEGIES:
        pipeline.incrby(f"shop:asked:{name}", 0).incrby(f"shop:ran:{name}", 0)
    counts = pipeline.execute()
    return {
        "hits": hits, "misses": misses,
        "ratio": round(100 * hits / (hits + misses)) if hits + misses else None,
        "keys": larder.dbsize(),
        "memory": info["used_memory_human"],
        "strategies": {name: {"asked": counts[2 * i], "ran": counts[2 * i + 1]}
                       for i, name in enumerate(STRATEGIES)},
    }


@app.get("/numbers")
def show_numbers():
    return jsonify(tell_larder(numbers))


@app.get("/")
def shop():
    return render_template("shop.html", numbers=tell_larder(numbers), url=LARDER_URL)


@app.before_request
def start_the_clock():
    g.started = time.perf_counter()


@app.after_request
def tell_the_browser(response):
    """How long the answer took, and whether it was computed: the cards show both."""
    strategy = STRATEGY_OF.get(request.endpoint)
    if strategy:
        tell_larder(lambda: larder.incr(f"shop:asked:{strategy}"))
        response.headers["X-Milliseconds"] = f"{1000 * (time.perf_counter() - g.started):.1f}"
        response.headers["X-Ran"] = str(g.get("ran", 0))
        response.headers["Cache-Control"] = "no-store"
    return response
