"""The files that the sandbox's people, the kit and `connector serve` hand in pass the gateway's own checks."""

from __future__ import annotations

import pytest

from gateway.cases.files import ALLOWED, EXTENSIONS, inspect
from gateway.sandbox.sample_files import SAMPLES, sample_file


def test_there_is_a_sample_of_each_kind_that_is_kept() -> None:
    assert set(SAMPLES) == ALLOWED


@pytest.mark.parametrize("media_type", SAMPLES)
def test_sample_is_kept_as_it_is(media_type: str) -> None:
    sample = SAMPLES[media_type]
    kept = inspect(sample.content, filename=sample.filename, max_bytes=10_000, max_pixels=1)
    assert (kept.media_type, kept.filename, kept.content) == (media_type, f"sample.{EXTENSIONS[media_type]}", None)


def test_sample_is_one_that_the_form_takes() -> None:
    assert sample_file().media_type == "application/pdf"
    assert sample_file(["image/jpeg", "image/png"]).media_type == "image/png"
    assert sample_file(max_bytes=100).media_type == "image/png"
    assert sample_file(["application/pdf"], 10).media_type == "application/pdf"  # none fits: the gateway says so
    with pytest.raises(LookupError, match="no sample of text/plain"):
        sample_file(["text/plain"])
