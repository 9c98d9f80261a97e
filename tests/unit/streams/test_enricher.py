"""What enriches events, where language is read and where it is not."""

import subprocess
import sys
from datetime import UTC, datetime

from schemas.settings import Enrich, Settings
from streams.enricher import enricher_of
from streams.pipeline import Pipeline
from tests.support.builders import make_event


def test_switched_off_it_passes_events_through() -> None:
    event = make_event("1", text="a@b.fr hello")

    (enriched,) = enricher_of(Settings(enrich=Enrich(steps=False))).enrich([event], processed_at=datetime.now(UTC))

    assert enriched.event == event
    assert enriched.model_version == "none"


def test_switched_on_it_is_the_language_pipeline() -> None:
    assert isinstance(enricher_of(Settings()), Pipeline)


def test_switched_off_nothing_of_the_models_is_loaded() -> None:
    program = (
        "import sys; from schemas.settings import Enrich, Settings; from streams.enricher import enricher_of;"
        "import streams.agents.enrich; enricher_of(Settings(enrich=Enrich(steps=False)));"
        "print([name for name in ('spacy', 'thinc', 'numpy') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
