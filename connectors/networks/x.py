"""X: posts by words and accounts as a stream, gaps by search, and activities of the brand's own account by webhook.

Source: https://docs.x.com/x-api/posts/filtered-stream/introduction, https://docs.x.com/x-api/activity/event-payloads
and https://docs.x.com/x-api/webhooks/introduction (read November 2026)
Guarantee: at least once. After every break a search by the newest published id fills the gap, once before the stream
is open and once more when it has been open for a while, since the index runs late; the cursor waits for the second.
Limit: search goes seven days back, mentions 800 posts. Every post that is read costs credits. Deletions come by
webhook alone, for subscribed accounts; direct messages too, and encrypted chats not at all.
"""

import base64
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from connectors.base import (
    Budget,
    Connector,
    Credential,
    Page,
    Parsed,
    Poll,
    Raw,
    Reply,
    Request,
    Source,
    Stream,
    Terms,
    Webhook,
)
from connectors.http import Answer, Http
from connectors.reading import NativeId, read
from connectors.signatures import header, hmac_matches
from connectors.xposts import EPOCH_MS, parsed
from schemas.errors import ConfigError, ConnectorError, Malformed, Missing, Refused, Unavailable

API = "https://api.x.com/2"
FIELDS = {
    "tweet.fields": "created_at,conversation_id,referenced_tweets,lang,edit_history_tweet_ids,"
    "note_tweet,public_metrics",
    "expansions": "author_id",
    "user.fields": "username,name,public_metrics,verified,affiliation",
}
SEARCH_CHARS = 512
RULE_CHARS = 1_024
NO_REPOSTS = " -is:retweet"
SETTLED_MS = 30_000
SETTLED_TICKS = 30
SILENCE_S = 40.0  # a line is sent every 20 s
NO_CREDITS_S = 3_600.0
_CRC_TOKEN = re.compile(r"[\w=+/.-]{1,256}", re.ASCII)


class Rule(Struct):
    id: str = ""
    value: str = ""
    tag: str = ""


class Head(Struct):
    id: NativeId
    author_id: str = ""


class StreamHead(Struct):
    data: Head | None = None
    matching_rules: tuple[Rule, ...] = ()


class Meta(Struct, frozen=True):
    newest_id: str = ""
    next_token: str = ""


class Found(Struct):
    data: list[dict[str, Any]] = []  # msgspec copies it
    includes: dict[str, list[dict[str, Any]]] = {}
    meta: Meta = Meta()


class Rules(Struct):
    data: tuple[Rule, ...] = ()


class Problem(Struct):
    title: str = ""
    errors: list[dict[str, Any]] = []


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A post with its author, or an activity."""
    yield from parsed(raw, source)


def _first_id(at: datetime) -> str:
    return str(max(1, (round(at.timestamp() * 1000) - EPOCH_MS) << 22))


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """Search by words and accounts, and the mentions of the account, both newest first; the cursor is the newest id."""
    start = cursor or _first_id(source.since)
    newest = start
    for url, params in _questions(source):
        for found in _found(http, source, url, params, start):
            newest = max([newest, *(_id(one) for one in found.data)], key=int)
            yield Page(items=_lines(found))
    yield Page(items=(), cursor=newest)


def _questions(source: Source) -> Iterator[tuple[str, dict[str, str]]]:
    for query in _queries(source, SEARCH_CHARS):
        yield f"{API}/tweets/search/recent", {"query": query, "sort_order": "recency"}
    if source.account:
        if not source.account.isdigit():
            raise ConfigError(
                "the account is not the numeric id of an account of X",
                where=f"source {source.name}",
                fix="Set account to that id; handles belong into the accounts of [[brands]], as `x:acme`.",
            )
        yield f"{API}/users/{source.account}/mentions", {}


def _found(http: Http, source: Source, url: str, params: Mapping[str, str], start: str) -> Iterator[Found]:
    asked: dict[str, str | int] = {**FIELDS, **params, "max_results": 100, "since_id": start}
    while True:
        try:
            answer = http.get(url, params=asked, headers=_headers(source))
        except Missing:
            if "since_id" not in asked:
                raise
            del asked["since_id"]  # older than what can be searched: everything that can
            continue
        found = read(answer.body, Found)
        yield found
        if not found.meta.next_token:
            return
        asked["next_token" if "query" in params else "pagination_token"] = found.meta.next_token


def _lines(found: Found) -> list[dict[str, Any]]:
    """Posts, oldest first, each with its author, in the shape of the stream."""
    users = {user.get("id"): user for user in found.includes.get("users", [])}
    lines = []
    for post in found.data[::-1]:
        author = users.get(post.get("author_id"))
        lines.append({"data": post, "includes": {"users": [author] if author else []}})
    return lines


def _id(post: dict[str, Any]) -> str:
    id = read(post, Head).id
    if not (id.isascii() and id.isdigit()):
        raise Malformed("a post whose id is no number")
    return id


def listen(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """What was missed, then the stream; until it was searched once more, the cursor stays where it was."""
    start = cursor or _first_id(source.since)
    newest = start
    for page in pages(http, source, start):
        newest = page.cursor or newest
        yield Page(items=page.items)
    tag = f"vigie:{source.name}"
    _set_rules(http, source, tag)
    is_settled, ticks, first_ms = False, 0, 0
    for line in http.lines(f"{API}/tweets/search/stream", params=FIELDS, headers=_headers(source), silence_s=SILENCE_S):
        ticks += 1 if line is None else 0
        id = _id_of(line, tag) if line else None
        if line and id is not None:
            newest = max(newest, id, key=int)
            first_ms = first_ms or int(id) >> 22
            is_late = (int(id) >> 22) - first_ms >= SETTLED_MS
            yield Page(items=(line,), cursor=newest if is_settled else None)
        else:
            is_late = False
            yield Page(items=(line,) if line and _is_broken(line) else ())
        if not is_settled and (is_late or ticks >= SETTLED_TICKS):
            is_settled = True
            for page in pages(http, source, start):
                yield Page(items=page.items)
            yield Page(items=(), cursor=newest)


def _id_of(line: bytes, tag: str) -> str | None:
    """The id of a post that matches our rules; None for those of others, for errors, and for what cannot be read."""
    try:
        head = read(line, StreamHead)
    except Malformed:
        return None
    id = head.data.id if head.data and any(rule.tag == tag for rule in head.matching_rules) else ""
    return id if id.isascii() and id.isdigit() else None


def _is_broken(line: bytes) -> bool:
    try:
        read(line, StreamHead)
    except Malformed:
        return True  # a dead letter
    return False


def _set_rules(http: Http, source: Source, tag: str) -> None:
    """Make the rules of the stream what the settings say. Those of others have another tag, and stay."""
    wanted = set(_queries(source, RULE_CHARS))
    if not wanted:
        raise ConfigError(
            "there is nothing to look for",
            where=f"source {source.name}",
            fix="Give it words (track), or declare the brand's accounts as `x:acme`.",
        )
    url = f"{API}/tweets/search/stream/rules"
    there = [rule for rule in read(http.get(url, headers=_headers(source)).body, Rules).data if rule.tag == tag]
    missing = [{"value": value, "tag": tag} for value in sorted(wanted - {rule.value for rule in there})]
    if missing:
        answer = http.post(url, json={"add": missing}, headers=_headers(source))
        if any(error.get("title") != "DuplicateRule" for error in read(answer.body, Problem).errors):
            raise Refused(
                "X does not take a rule for the stream",
                where=answer.where,
                fix="Shorten or simplify the words of track.",
            )
    surplus = [rule.id for rule in there if rule.value not in wanted]
    if surplus:
        http.post(url, json={"delete": {"ids": surplus}}, headers=_headers(source))


def _queries(source: Source, most_chars: int) -> list[str]:
    """Words, and what the brand's accounts write and are told, in as few queries as their length allows."""
    terms = [f'"{clean}"' for word in source.track if (clean := re.sub(r'["\\\s]+', " ", word).strip())]
    for account in source.people.accounts_on("x"):
        terms += [f"from:{account}", f"to:{account}"] + ([] if account.isdigit() else [f"@{account}"])
    queries: list[str] = []
    part: list[str] = []
    for term in dict.fromkeys(terms):
        if part and len(_query([*part, term])) > most_chars:
            queries.append(_query(part))
            part = []
        part.append(term)
    return [*queries, _query(part)] if part else queries


def _query(terms: Sequence[str]) -> str:
    return f"({' OR '.join(terms)}){NO_REPOSTS}"


def _headers(source: Source) -> dict[str, str]:
    return {"authorization": f"Bearer {source.secret('X_BEARER_TOKEN')}"}


def judge(answer: Answer) -> ConnectorError | None:
    """What a problem means beyond its status: no credits left, a cap of a month, an id that is too old to search by."""
    if answer.status < 400:
        return None
    try:
        problem = read(answer.body, Problem)
    except Malformed:
        return None
    if problem.title == "CreditsDepleted":
        return Refused("no credits are left", where=answer.where, fix="Buy credits in the developer console of X.")
    if problem.title == "UsageCapExceeded":
        return Unavailable("the cap of this month is used up", where=answer.where, retry_after_s=NO_CREDITS_S)
    named = {name for one in problem.errors for name in _names(one)}
    if answer.status == 400 and named & {"since_id", "start_time"}:
        return Missing("this lies before what can be searched", where=answer.where)
    return None


def _names(problem: dict[str, Any]) -> Sequence[str]:
    parameters = problem.get("parameters")
    return list(parameters) if isinstance(parameters, dict) else []


def verify(request: Request, source: Source) -> bool:
    """By the client secret where X signs with it, else by the older consumer secret.

    Whoever asks gets the signature of a token, so a body that could be one proves nothing.
    """
    if _CRC_TOKEN.fullmatch(request.body.decode("latin-1")):
        return False
    for name, secret in (
        ("x-twitter-webhooks-signature-oauth2", "X_CLIENT_SECRET"),
        ("x-twitter-webhooks-signature", "X_CONSUMER_SECRET"),
    ):
        given = header(request.headers, name)
        if given and source.has(secret):
            return hmac_matches(given, source.secret(secret), request.body, encoding="base64", prefix="sha256=")
    return False


def challenge(request: Request, source: Source) -> Reply | None:
    """X asks for the signature of a token. Anybody can ask: what could be a body of a delivery is never signed."""
    token = request.query.get("crc_token", "")
    name = next((name for name in ("X_CLIENT_SECRET", "X_CONSUMER_SECRET") if source.has(name)), "")
    if request.method != "GET" or not name or not _CRC_TOKEN.fullmatch(token):
        return None
    digest = base64.b64encode(hmac.digest(source.secret(name).encode(), token.encode(), "sha256")).decode()
    body = msgspec.json.encode({"response_token": f"sha256={digest}"})
    return Reply(body=body, content_type="application/json")


def split(body: bytes, source: Source) -> Sequence[Raw]:
    """One activity or post a delivery."""
    item = read(body, dict[str, Any])
    if "data" not in item:
        raise Malformed("a delivery without what happened")
    return [item]


CONNECTOR = Connector(
    name="x",
    title="X",
    reads="public posts with a tracked word, to, from or with a mention of the brand's accounts (`x:acme`); by webhook "
    "also direct messages of subscribed accounts and what they delete",
    parse=parse,
    poll=Poll(pages=pages, interval_s=300.0, budget=Budget(calls=300, per_s=900.0), judge=judge),
    stream=Stream(pages=listen, budget=Budget(calls=50, per_s=900.0), judge=judge),
    webhook=Webhook(verify=verify, challenge=challenge, split=split),
    account="the numeric id of the brand's account, whose mentions are then read too; not needed",
    credentials=(
        Credential(name="X_BEARER_TOKEN", why="the app-only bearer token, in the developer console of X"),
        Credential(name="X_CLIENT_SECRET", why="the OAuth 2.0 client secret, for the webhook", optional=True),
        Credential(name="X_CONSUMER_SECRET", why="the API key secret, for webhooks of older apps", optional=True),
    ),
    closed="reading is paid by the post; encrypted chats are not readable",
    terms=Terms(
        note="posts that were deleted, edited or made private are to be treated so within 24 hours of being asked",
        source="https://developer.x.com/en/developer-terms/policy",
    ),
)
