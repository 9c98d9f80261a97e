"""The real ClickHouse engine (chDB) behind ClickHouse's own HTTP interface, on loopback.

One process owns one data folder: `python -m deploy.embedded.clickhouse --path DIR --port 8123`.

```
server.py       HTTP rim: routes, bodies, answers, streaming          → aiohttp
runner.py       one statement in one session, its result in pieces
request.py      parts of a request → Statement, pure
lexer.py        where a statement ends and its data starts, pure
answer.py       headers and the exception trailer of an answer, pure
compression.py  HTTP encodings and ClickHouse's own block framing, pure
native.py       Native blocks as newer protocol revisions frame them, pure
users.py        who may come in, and as what, pure
guard.py        what a statement may do for whom, asked of the engine's own parser
sessions.py     connections that outlive a request: settings, temporary tables
engine.py       the only door                                          → chdb
config.py       the configuration the engine is started with: roles, limits, hidden tables
folder.py       one process per data folder
errors.py       engine errors: code, name, HTTP status
__main__.py     command line, signals, shutdown
```
"""
