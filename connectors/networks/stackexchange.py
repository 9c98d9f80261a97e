"""Stack Exchange: questions with a tag or a word, their answers and comments, on any of its sites.

Source: https://api.stackexchange.com/docs (known November 2026)
Guarantee: at least once. Questions are walked by their last activity, oldest first, which a new answer or an edit
moves; a comment moves nothing, so those of the questions of the last `recheck_days` days are asked for again.
Limit: 300 calls a day without a key, 10,000 with one. Deletions are not told.
"""

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Struct

from connectors.base import Budget, Connector, Credential, Page, Parsed, Poll, Raw, Source, Terms
from connectors.http import Answer, Http
from connectors.normalize import make_event
from connectors.reading import plain_text, read, unix_instant
from schemas.errors import ConnectorError, Malformed, Refused, Unavailable
from schemas.event import Reach

API = "https://api.stackexchange.com/2.3"
SITE = "stackoverflow"
AT_ONCE = 100
MOST_PAGES = 25
RECHECK_DAYS = 3
DAY_S = 86_400

Item = dict[str, object]


class Owner(Struct):
    user_id: int = 0
    display_name: str = ""
    link: str = ""


class Post(Struct):
    creation_date: int
    owner: Owner | None = None
    body: str = ""
    title: str = ""
    question_id: int = 0
    answer_id: int = 0
    comment_id: int = 0
    post_id: int = 0
    last_edit_date: int = 0
    last_activity_date: int = 0
    edited: bool = False
    link: str = ""
    score: int = 0
    view_count: int = 0


class Found(Struct):
    items: list[Item] = []  # msgspec copies it
    has_more: bool = False
    backoff: float = 0.0


class Failed(Struct):
    error_id: int = 0
    error_name: str = ""


class Place(Struct):
    """The newest activity, and the last activity of each question whose comments are read again."""

    newest: int
    young: dict[str, int] = {}  # msgspec copies it


def judge(answer: Answer) -> ConnectorError | None:
    """Everything that is wrong comes as 400 with a number in the body; a spent quota too."""
    if answer.status != 400:
        return None
    try:
        failed = read(answer.body, Failed)
    except Malformed:
        return None
    if failed.error_id == 502:  # throttle_violation
        return Unavailable("too many calls", where=answer.where, retry_after_s=600.0)
    if failed.error_id in (401, 402, 403, 405, 406):
        return Refused("the key is not accepted", where=answer.where, fix="Renew STACKEXCHANGE_KEY: stackapps.com.")
    return None


def pages(http: Http, source: Source, cursor: str | None) -> Iterator[Page]:
    """Questions that moved, then the answers and comments of all that are young."""
    place = read(cursor, Place) if cursor else Place(newest=int(source.since.timestamp()))
    young, reached = dict(place.young), [place.newest]
    cut: list[int] = []  # where a walk ended before its end
    for path, params in _questions(source):
        found = Found()
        for found in _walk(http, source, path, params | {"min": place.newest, "sort": "activity", "order": "asc"}):
            for question in _posts(found.items):
                reached.append(question.last_activity_date)
                young[str(question.question_id)] = question.last_activity_date
            yield Page(items=found.items)
        if found.has_more:
            cut.append(reached[-1])
    newest = min([max(reached), *cut])
    recheck_s = _days(source) * DAY_S
    young = {id: at for id, at in young.items() if at > newest - recheck_s}
    ids = sorted(young, key=int)
    for start in range(0, len(ids), AT_ONCE):
        yield from _under(http, source, ids[start : start + AT_ONCE])
    yield Page(items=(), cursor=msgspec.json.encode(Place(newest=newest, young=young)).decode())


def _questions(source: Source) -> Iterator[tuple[str, dict[str, str | int]]]:
    if source.option("tags"):
        yield "questions", {"tagged": source.option("tags")}
    for word in source.track:
        yield "search/advanced", {"q": word}


def _under(http: Http, source: Source, questions: Sequence[str]) -> Iterator[Page]:
    """What stands under these questions. A comment names only the post it is under."""
    joined = ";".join(questions)
    answers: dict[int, int] = {}
    for found in _walk(http, source, f"questions/{joined}/answers", {"sort": "creation", "order": "asc"}):
        answers |= {answer.answer_id: answer.question_id for answer in _posts(found.items)}
        yield Page(items=found.items)
    paths = [f"questions/{joined}/comments"]
    ids = sorted(answers)
    for start in range(0, len(ids), AT_ONCE):
        paths.append(f"answers/{';'.join(map(str, ids[start : start + AT_ONCE]))}/comments")
    for path in paths:
        for found in _walk(http, source, path, {"sort": "creation", "order": "asc"}):
            yield Page(items=[_with_question(item, answers) for item in found.items])


def _with_question(item: Item, answers: dict[int, int]) -> Item:
    post = item.get("post_id")
    return {**item, "question_id": answers.get(post, post)} if isinstance(post, int) else item


def _posts(items: Sequence[Item]) -> Iterator[Post]:
    for item in items:
        try:
            yield read(item, Post)
        except Malformed:
            continue  # parse says what is wrong with it


def _walk(http: Http, source: Source, path: str, params: dict[str, str | int]) -> Iterator[Found]:
    asked: dict[str, str | int] = {**params, "site": _site(source), "filter": "withbody", "pagesize": AT_ONCE}
    if source.has("STACKEXCHANGE_KEY"):
        asked["key"] = source.secret("STACKEXCHANGE_KEY")
    for number in range(1, MOST_PAGES + 1):
        found = read(http.get(f"{API}/{path}", params={**asked, "page": number}).body, Found)
        http.hold(found.backoff)
        yield found
        if not found.has_more:
            return


def parse(raw: Raw, source: Source) -> Iterator[Parsed]:
    """A question, an answer, or a comment on either."""
    post = read(raw, Post)
    site = _site(source)
    number = post.comment_id or post.answer_id or post.question_id
    if not number or (post.comment_id and not post.post_id):
        raise Malformed("neither a question, nor an answer, nor a comment")
    is_question = not post.comment_id and not post.answer_id
    owner = post.owner or Owner()
    parent = post.post_id if post.comment_id else post.question_id
    yield make_event(
        source,
        id=f"{site}/c{number}" if post.comment_id else f"{site}/{number}",
        conversation=f"{site}/{post.question_id}" if post.question_id else None,
        parent=None if is_question else f"{site}/{parent}" if parent else None,
        author_id=str(owner.user_id) if owner.user_id else f"{site}/{plain_text(owner.display_name) or 'nobody'}",
        name=plain_text(owner.display_name),  # anybody may take any name: the number alone says who it is
        text="\n".join(part for part in (plain_text(post.title) if is_question else "", plain_text(post.body)) if part),
        created_at=unix_instant(post.creation_date),
        kind="post" if is_question else "comment" if post.comment_id else "reply",
        permalink=post.link or None,
        reach=Reach(likes=post.score, views=post.view_count),
        edited=post.edited or post.last_edit_date > post.creation_date,
    )


def _site(source: Source) -> str:
    return source.account.strip().casefold() or SITE


def _days(source: Source) -> int:
    days = source.option("recheck_days", str(RECHECK_DAYS))
    return int(days) if days.isdigit() else RECHECK_DAYS


CONNECTOR = Connector(
    name="stackexchange",
    title="Stack Exchange",
    reads="questions with a tracked word or a tag, their answers and comments; people by number, `stackexchange:123`",
    parse=parse,
    poll=Poll(pages=pages, interval_s=1_800.0, budget=Budget(calls=10_000, per_s=86_400.0), judge=judge),
    account=f"the site, {SITE} by default",
    options={
        "tags": "tags that a question must have, joined by ;",
        "recheck_days": f"how long answers and comments of a question are asked for, {RECHECK_DAYS} days by default",
    },
    credentials=(
        Credential(name="STACKEXCHANGE_KEY", why="from stackapps.com: 10,000 calls a day, not 300", optional=True),
    ),
    terms=Terms(
        note="content is under CC BY-SA: author and link are to be kept and shown",
        source="https://stackoverflow.com/legal/api-terms-of-use",
    ),
)
