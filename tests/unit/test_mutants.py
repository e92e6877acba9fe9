"""The mutants: each changes what is there."""

from pathlib import Path

import pytest

from tools.mutants import LAYER, MUTANTS, ROOT, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
def test_a_mutant_finds_its_text_once_and_changes_it(mutant: Mutant) -> None:
    for file, before, after in mutant.edits:
        text = (Path(ROOT) / LAYER / file).read_text(encoding="utf-8")
        assert text.count(before) == 1, (file, before)
        assert before != after
