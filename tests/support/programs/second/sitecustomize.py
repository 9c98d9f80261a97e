"""The same program once events and what is found in them have a second version of their topics.

On PYTHONPATH, Python reads it before anything of the program.
"""

import dataclasses

import schemas.topics as topics

_FIRST = (topics.EVENTS, topics.ENRICHED)
topics.EVENTS, topics.ENRICHED = (dataclasses.replace(one, name=one.name.replace(".v1", ".v2")) for one in _FIRST)
topics.TOPICS = (topics.EVENTS, topics.ENRICHED, *(one for one in topics.TOPICS if one not in _FIRST))
