"""An index: one at a time or tables, kept in a file, refused where that is damaged."""
import threading

import newsfold
import polars as pl
import pyarrow as pa
import pytest

GENEVA = "Talks were held in Geneva on Monday, both sides said after the third round of this year"


def filled(**params):
    index = newsfold.Index(width=2, **params)
    assert index.insert("a", GENEVA) == []
    return index


def test_insert_and_query():
    index = filled()
    (id, similarity), = index.insert("b", GENEVA.replace("third", "fourth"))
    assert (id, similarity) == ("a", 14 / 18)
    assert [id for id, _ in index.query(GENEVA)] == ["a", "b"]
    assert index.query(GENEVA)[0] == ("a", 1.0)
    assert index.query("Rain is expected in most parts") == index.query("...") == []
    assert index.query("", title=GENEVA)[0][0] == "a"
    assert (len(index), "a" in index, "c" in index, index.threshold) == (2, True, False, 0.65)
    with pytest.raises(ValueError, match="a: a document with this id is there already"):
        index.insert("a", "something else")
    with pytest.raises(ValueError, match="no words"):
        index.insert("c", " ... ")
    assert len(index) == 2 and "c" not in index


def test_arguments_that_cannot_be_used_are_told():
    index = filled()
    for arguments in [("x",), (1, "text"), (1,), ([],)]:
        with pytest.raises(TypeError):
            index.insert(*arguments)
    with pytest.raises(TypeError, match="was threshold meant"):
        newsfold.Index(treshold=1)
    with pytest.raises(ValueError, match="threshold=0"):
        newsfold.Index(threshold=0)
    with pytest.raises(ValueError, match="containment=0.9: "):
        newsfold.Index(containment=0.9)


def test_tables_and_documents_are_one(synth):
    frame = synth.frame.head(2000)
    one, all, halves = newsfold.Index(), newsfold.Index(), newsfold.Index(threads=1)
    rows = []
    for row in frame.iter_rows(named=True):
        try:
            near = one.insert(row["id"], row["text"] or "", title=row["title"] or "")
            rows.append((row["id"], *(near[0] if near else (None, None)), None))
        except ValueError:
            rows.append(None)
    found = pl.DataFrame(all.insert(frame)).rows()
    assert [row for row in found if row[3] is None] == [row for row in rows if row]
    assert sum(row[1] is not None for row in found) > 200
    parts = pl.concat([pl.DataFrame(halves.insert(frame.head(900))), pl.DataFrame(halves.insert(frame.slice(900)))])
    assert parts.rows() == found
    assert len(one) == len(all) == len(halves)
    again = pl.DataFrame(all.insert(frame))
    assert set(again["reason"]) <= {"duplicate_id", "no_text", "empty_text"} and again["duplicate_of"].null_count() == again.height


def test_near_duplicates_are_those_of_the_program(synth):
    """What the program holds to be near, the index finds, and with the same similarity."""
    index = newsfold.Index()
    index.insert(synth.frame)
    rows = {row["id"]: row for row in synth.frame.iter_rows(named=True)}
    near = [line for line in synth.of_program("dedup").values() if not line["representative"] and line["similarity"] >= 0.7]
    missed = 0
    for line in near[:400]:
        row = rows[line["id"]]
        found = dict(index.query(row["text"] or "", title=row["title"] or ""))
        missed += line["group"] not in found
        assert abs(found.get(line["group"], line["similarity"]) - line["similarity"]) < 0.01
    assert len(near) > 100 and missed <= 0.02 * len(near)


def test_save_and_load(tmp_path, synth):
    index = newsfold.Index(threshold=0.7)
    index.insert(synth.frame.head(1000))
    path = tmp_path / "news.index"
    index.save(path)
    index.save(str(path))
    loaded = newsfold.Index.load(path)
    assert (len(loaded), loaded.threshold, repr(loaded)) == (len(index), 0.7, repr(index))
    for text in synth.frame["text"].head(200):
        assert loaded.query(text or "") == index.query(text or "")
    assert pa.table(loaded.insert(synth.frame.slice(1000, 500))) == pa.table(index.insert(synth.frame.slice(1000, 500)))
    assert [entry.name for entry in tmp_path.iterdir()] == ["news.index"]


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "news.index"
    filled().save(path)
    whole = path.read_bytes()
    damaged = [whole[:-1], whole[:20], b"", b"{}", whole + b"x", whole[:40] + bytes([whole[40] ^ 1]) + whole[41:]]
    for content in damaged:
        path.write_bytes(content)
        with pytest.raises(OSError, match="news.index is damaged"):
            newsfold.Index.load(path)
    path.write_bytes(whole.replace(b"index 2", b"index 9", 1))
    with pytest.raises(OSError, match="version 9, and this newsfold reads version 2"):
        newsfold.Index.load(path)
    with pytest.raises(FileNotFoundError, match="none.index"):
        newsfold.Index.load(tmp_path / "none.index")
    with pytest.raises(OSError):
        filled().save(tmp_path / "no" / "such" / "folder")
    path.write_bytes(whole)
    assert newsfold.Index.load(path).query(GENEVA) == [("a", 1.0)]


def test_threads_share_an_index(synth):
    index, failed = newsfold.Index(), []

    def work(part):
        try:
            for row in synth.frame.gather_every(4, part).head(200).iter_rows(named=True):
                index.query(row["text"] or "x")
                index.insert(f"{part}-{row['id']}", row["text"] or "x")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=[part]) for part in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert not failed and len(index) == 800
