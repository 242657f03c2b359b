"""Signatures and band keys: by the rows alone, in whatever portions."""
import newsfold
import numpy as np
import polars as pl
import pyarrow as pa
import pytest


def signatures(rows, **params):
    return pa.array(newsfold.signatures(rows, **params))


def keys(texts, **params):
    return pa.array(newsfold.band_keys(texts, **params))


def test_portions_threads_and_forms_change_nothing(synth):
    table = synth.frame.head(1000).to_arrow()
    whole = signatures(table)
    assert whole.type == pa.list_(pa.field("item", pa.uint16(), nullable=False), 128) and len(whole) == 1000
    portions = [signatures(batch) for batch in table.to_batches(max_chunksize=77)]
    assert pa.concat_arrays(portions) == whole
    assert signatures(table, threads=4) == whole
    assert signatures(synth.frame.head(1000)) == whole
    untitled = signatures(table["text"].combine_chunks())
    assert signatures(table["text"]) == untitled == signatures(synth.frame.head(1000)["text"]) == signatures(table.drop(["title"]))
    assert keys(table) == keys(newsfold.signatures(table)) == keys(whole) == keys(whole.cast(pa.list_(pa.uint16())))
    assert keys(table["text"].combine_chunks()) == keys(untitled)
    assert pa.concat_arrays([keys(portion) for portion in portions]) == keys(table)


def test_a_slot_is_what_it_was():
    """The same on every machine, and in every later version that does not say otherwise."""
    row = signatures(pa.array(["Talks were held in Geneva on Monday, both sides said"])).to_pylist()[0]
    assert (len(row), row[:4]) == (128, SLOTS)
    assert keys(pa.array(["Talks were held in Geneva on Monday, both sides said"])).to_pylist()[0][:2] == KEYS


SLOTS = [24101, 50595, 45647, 24101]
KEYS = [-5813476215254873876, 6076156520851140365]


def test_keys_in_common_find_what_the_program_finds(synth):
    """All near-duplicates of the program, but for those the bands miss, share a key; few others do."""
    lines = synth.of_program("dedup", "--linkage", "representative")
    row = {id: at for at, id in enumerate(synth.frame["id"])}
    found = keys(synth.frame.to_arrow())
    assert found.type == pa.list_(pa.field("item", pa.int64(), nullable=False))
    sets = [set(row) for row in found.to_pylist()]
    assert all(len(one) == 32 for one in sets)
    pairs = [(row[line["id"]], row[line["group"]]) for line in lines.values() if line["similarity"] > 0.75 and line["id"] != line["group"]]
    shared = sum(bool(sets[a] & sets[b]) for a, b in pairs)
    assert len(pairs) > 100 and shared >= 0.98 * len(pairs)
    apart = sum(bool(sets[at] & sets[at - 1]) for at in range(1, len(sets)) if lines[synth.frame["id"][at]]["group"] != lines[synth.frame["id"][at - 1]]["group"])
    assert apart < 0.05 * len(sets)


def test_equal_slots_are_the_similarity(synth):
    lines = [line for line in synth.of_program("dedup").values() if not line["representative"]]
    row = {id: at for at, id in enumerate(synth.frame["id"])}
    slots = np.array(signatures(synth.frame.to_arrow()).to_pylist())
    errors = [np.mean(slots[row[line["id"]]] == slots[row[line["group"]]]) - line["similarity"] for line in lines]
    assert abs(np.mean(errors)) < 0.02


def test_what_has_no_words_is_null():
    texts = pa.array(["one two", None, "", "...", "one, two!"])
    for column in [signatures(texts), keys(texts), keys(newsfold.signatures(texts))]:
        assert column.is_null().to_pylist() == [False, True, True, True, False] and column[0] == column[4]
    assert len(signatures(pa.array([], pa.string()))) == len(keys(pa.array([], pa.string()))) == 0
    assert signatures(texts, slots=64, width=2).type.list_size == 64
    assert len(keys(texts, bands=5, rows=3)[0]) == 5


def test_what_cannot_be_used_is_told():
    with pytest.raises(TypeError, match="not int"):
        newsfold.signatures(3)
    with pytest.raises(ValueError, match="not text"):
        newsfold.signatures(pa.array([1, 2]))
    with pytest.raises(ValueError, match="128"):
        newsfold.band_keys(newsfold.signatures(pa.array(["x"]), slots=64))
    with pytest.raises(ValueError, match="128"):
        newsfold.band_keys(pa.array([[1, 2, 3]], pa.list_(pa.uint16())))
    with pytest.raises(ValueError, match="slots=1: "):
        newsfold.signatures(pa.array(["x"]), slots=1)
    with pytest.raises(ValueError, match="missing altogether"):
        newsfold.signatures(pa.array([{"text": "x"}, None]))
    with pytest.raises(TypeError, match="was slots meant"):
        newsfold.signatures(pa.array(["x"]), slot=1)
