"""Which cells one worker runs in a row."""

from __future__ import annotations

from harness.pipeline.batches import FEW, make_batches


def test_a_few_of_one_kind_come_first_and_together_and_all_others_one_by_one_in_their_order() -> None:
    many = [f"many {number}" for number in range(FEW + 1)]
    works = [many[0], "few 1", "none 1", *many[1:], "few 2", "none 2"]

    batches = list(make_batches(works, lambda work: kind if (kind := work.split()[0]) != "none" else None))

    assert batches[0] == ("few 1", "few 2")
    assert {*batches[1:]} == {(work,) for work in (*many, "none 1", "none 2")}
    assert [work for (work,) in batches[1:] if work in many] == many
