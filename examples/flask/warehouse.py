"""The shop's slow database: every question takes as long as a heavy query or a remote service."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Article:
    """A tea on the shelf."""

    name: str
    kind: str
    origin: str
    price: float


ARTICLES = [
    Article("Assam", "black", "India", 5.40),
    Article("Darjeeling", "black", "India", 8.90),
    Article("Genmaicha", "green", "Japan", 7.20),
    Article("Gyokuro", "green", "Japan", 19.80),
    Article("Keemun", "black", "China", 6.70),
    Article("Longjing", "green", "China", 14.50),
    Article("Sencha", "green", "Japan", 9.60),
    Article("Yunnan", "black", "China", 7.90),
]
NAMES = [article.name for article in ARTICLES]
BY_NAME = {article.name: article for article in ARTICLES}


def work(milliseconds):
    """Stands for the time that a real database or service takes."""
    time.sleep(milliseconds / 1000)


def find_offers():
    work(600)
    return sorted(ARTICLES, key=lambda article: article.price)[:3]


def search(kind, sort):
    work(450)
    found = [article for article in ARTICLES if kind in ("", article.kind)]
    return sorted(found, key=lambda article: (getattr(article, sort, ""), article.name))[:4]


def recommend(user):
    work(500)
    start = sum(user.encode()) % len(ARTICLES)
    return (ARTICLES + ARTICLES)[start:start + 3]


def ask_courier(fails):
    work(700)
    return None if fails else 2


def calculate_price(article, amount):
    work(400)
    rebate = 0.9 if amount >= 10 else 1
    return BY_NAME[article].price * amount * rebate if article in BY_NAME else 0


def newest(kind):
    work(350)
    return [article for article in ARTICLES if article.kind == kind][-2:]


def count_sales():
    work(550)
    return [BY_NAME[name] for name in ("Sencha", "Assam", "Longjing")]


def load_price(name):
    work(80)
    return BY_NAME[name].price
