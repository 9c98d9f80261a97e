"""Begin a connector: its module, its recorded payloads and its test, which pass at once and wait to be made true."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from connectors.base import Shape
from schemas.errors import ConfigError

Files = dict[str, str]
_AT = "2026-11-03T08:{minute:02d}:00Z"


def write(name: str, shape: Shape, root: Path) -> list[Path]:
    """Write the files below the root of a checkout; none that is there is touched.

    Raises:
        ConfigError: this is no checkout, the name cannot be one, or a file is there already.
    """
    if not (root / "connectors" / "networks").is_dir() or not (root / "tests" / "contract" / "payloads").is_dir():
        raise ConfigError(
            "there are no folders connectors/networks and tests/contract/payloads here",
            where=str(root),
            fix="Run it in a checkout of Vigie, or name one with --to. For a package of your own see "
            "connectors/README.md: copy what this writes there, and declare an entry point.",
        )
    if not name.isidentifier() or not name.isascii() or name != name.lower() or "_" in name:
        raise ConfigError(f"{name!r} cannot name a network", fix="Take small letters and digits, a letter first.")
    written = {root / path: text for path, text in texts(name, shape).items()}
    present = [path for path in written if path.exists()]
    if present:
        raise ConfigError("this file is there already", where=str(present[0]), fix="Choose another name.")
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(written)


def texts(name: str, shape: Shape) -> Files:
    """Every file by its path in a checkout."""
    payloads = f"tests/contract/payloads/{name}"
    found: Files = {
        f"connectors/networks/{name}.py": _template(f"{shape}/module.py.txt", name),
        f"tests/unit/connectors/test_{name}_network.py": _template("test.py.txt", name),
    }
    if shape == "webhook":
        found[f"{payloads}/sign.py"] = _template("webhook/sign.py.txt", name)
    for case, content in _payloads(name, shape):
        found[f"{payloads}/{case}.json"] = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    return found


def _template(path: str, name: str) -> str:
    text = (files("deploy") / "skeletons" / path).read_text(encoding="utf-8")
    return text.replace("VARIABLE", name.upper()).replace("TITLE", name.capitalize()).replace("NAME", name)


def _payloads(name: str, shape: Shape) -> Iterator[tuple[str, dict[str, Any]]]:
    posts = [_post(number) for number in range(1, 6)]
    answer = {**posts[1], "author": {"id": "42", "name": "lumora"}, "text": "Sorry! A new lid leaves us today."}
    answer |= {"thread": "1001", "reply_to": "1001"}
    edit = {**posts[0], "text": "Lumora sent a cracked lid, order 4471", "edited_at": _AT.format(minute=40)}
    yield "source", _set_up(name, shape)
    yield "customer_post", _case(name, shape, "a customer opens a conversation", [_wrapped(shape, "post", posts[0])])
    yield "brand_reply", _case(name, shape, "the brand answers", [_wrapped(shape, "post", answer)])
    yield "edit", _case(name, shape, "the customer corrects the text", [_wrapped(shape, "edit", edit)])
    if shape != "poll":
        yield "deletion", _case(name, shape, "only the id is given", [{"kind": "deletion", "deleted": "1001"}])
    broken = [{}, [], "no JSON", _wrapped(shape, "post", {**posts[0], "created_at": "2026-11-03 08:00"})]
    if shape != "poll":
        broken[0] = {"kind": 1}
    yield "malformed", {"items": broken, **({"bodies": ["{", "[]"]} if shape == "webhook" else {})}
    ids = [f"{name}:{post['id']}" for post in posts]
    if shape == "poll":
        yield "pages", {"exchanges": list(_exchanges(posts)), "publishes": ids}
    if shape == "stream":
        frames = [{"seq": number, **_wrapped(shape, "post", post)} for number, post in enumerate(posts)]
        yield "frames", {"frames": frames, "publishes": ids}


def _set_up(name: str, shape: Shape) -> dict[str, Any]:
    ending: Literal["SECRET", "TOKEN"] = "SECRET" if shape == "webhook" else "TOKEN"
    return {
        "api": "version and date of what you recorded",
        "source": {"account": "lumora", "brand": "lumora", "track": ["lumora"]},
        "people": {"brands": [{"name": "lumora", "accounts": [f"{name}:42"]}]},
        **({} if shape == "stream" else {"secrets": {f"{name.upper()}_{ending}": "credential-of-a-test"}}),
        **({"absent": {"deletion": "a list of posts does not tell what is gone"}} if shape == "poll" else {}),
    }


def _post(number: int) -> dict[str, Any]:
    return {
        "id": str(1000 + number),
        "created_at": _AT.format(minute=10 + number),
        "author": {"id": str(100 + number), "name": f"customer{number}"},
        "text": f"Lumora sent me a cracked lid, order {4470 + number}",
    }


def _wrapped(shape: Shape, kind: str, post: dict[str, Any]) -> dict[str, Any]:
    return post if shape == "poll" else {"kind": kind, "post": post}


def _case(name: str, shape: Shape, about: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    events = [_expected(name, item) for item in items]
    return {
        "about": about,
        **({"body": {"events": items}} if shape == "webhook" else {"items": items}),
        "events": events,
    }


def _expected(name: str, item: dict[str, Any]) -> dict[str, Any]:
    if "deleted" in item:
        return {"deletion": {"id": item["deleted"]}}
    post = item.get("post", item)
    parent = {"parent_id": f"{name}:{post['reply_to']}"} if "reply_to" in post else {}
    role = "brand" if post["author"]["id"] == "42" else "customer"
    return {
        "event_id": f"{name}:{post['id']}",
        "network": name,
        "conversation_id": f"{name}:{post.get('thread', post['id'])}",
        "author": {"id": post["author"]["id"], "role": role, "handle": post["author"]["name"]},
        "created_at": post["created_at"],
        "brand": "lumora",
        **parent,
        "text": post["text"],
        **({"kind": "reply"} if parent else {}),
        "reach": {},
        **({"edited": True} if "edited_at" in post or item.get("kind") == "edit" else {}),
    }


def _exchanges(posts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Three pages: from `since`, then from each cursor; the last says that there is no more."""
    starts = ({"since": "2026-11-03T08:00:00+00:00"}, {"after": "c1"}, {"after": "c2"})
    for number, query in enumerate(starts):
        page = posts[2 * number : 2 * number + 2]
        yield {
            "path": "/posts",
            "query": query,
            "body": {"posts": page, "next": f"c{number + 1}" if number < 2 else None},
        }
