"""How well groups agree with the exact truth."""
import json

from .groups import components

BANDS = {"recall_0.9": (0.9, 1.01), "recall_0.8": (0.8, 0.9), "recall_0.7": (0.7, 0.8)}
#: Two documents joined by a chain of pairs that are this alike may share a group.
ALIKE = 0.5


class Judge:
    def __init__(self, pairs, family):
        import numpy

        self.rows, a, b, similarity = {}, [], [], []
        for line in open(pairs, encoding="utf-8"):
            x, y, s = line.rstrip("\n").split("\t")
            a.append(self.row(x))
            b.append(self.row(y))
            similarity.append(float(s))
        self.a, self.b, self.similarity = numpy.array(a, dtype=int), numpy.array(b, dtype=int), numpy.array(similarity)
        self.family = family

    def row(self, name):
        return self.rows.setdefault(name, len(self.rows))

    def marks(self, groups):
        """`groups`: id and group of every document; one that is missing is alone."""
        import numpy

        found = {self.row(name): group for name, group in groups}
        numbers = {}
        group = [numbers.setdefault(found.get(row, ("alone", row)), len(numbers)) for row in range(len(self.rows))]
        group, marks = numpy.array(group), {}
        for band, (low, high) in BANDS.items():
            pairs = (self.similarity >= low) & (self.similarity < high)
            together = group[self.a[pairs]] == group[self.b[pairs]]
            marks[band] = float(together.mean()) if len(together) else None
            marks[band.replace("recall", "pairs")] = len(together)
        grouped = pairs_of_one(group)
        good = pairs_of_one(group * len(self.rows) + self.true_groups())
        return marks | {"precision": good / grouped if grouped else None, "grouped_pairs": grouped, "groups": len(numbers)}

    def true_groups(self):
        import numpy

        alike = self.similarity >= ALIKE
        members = [(self.row(name), self.row(head)) for name, head in self.family.items()]
        a, b = numpy.array(members, dtype=int).reshape(-1, 2).T
        return components(len(self.rows), numpy.concatenate([self.a[alike], a]), numpy.concatenate([self.b[alike], b]))


def pairs_of_one(label):
    import numpy

    _, count = numpy.unique(label, return_counts=True)
    return int((count * (count - 1) // 2).sum())


def of_newsfold(path):
    for row in map(json.loads, open(path, encoding="utf-8")):
        yield row["id"], row["group"]


def of_contender(path):
    for line in open(path, encoding="utf-8"):
        yield line.rstrip("\n").split("\t")
