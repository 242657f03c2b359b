"""Groups of documents from pairs of them."""


def components(count, a, b):
    """The smallest row that each of `count` rows is connected with, by the edges a[i], b[i]."""
    import numpy

    root = numpy.arange(count)
    while len(a):
        a, b = root[a], root[b]
        apart = a != b
        a, b = a[apart], b[apart]
        numpy.minimum.at(root, numpy.maximum(a, b), numpy.minimum(a, b))
        while (root[root] != root).any():
            root = root[root]
    return root


def write(ids, edges, out):
    """Writes id, tab, group of every document. `edges` are pairs of arrays, or of lists, of rows."""
    import numpy

    a, b = ([numpy.asarray(edge[side], dtype=numpy.int64) for edge in edges] for side in (0, 1))
    root = components(len(ids), numpy.concatenate(a or [[]]), numpy.concatenate(b or [[]]))
    with open(out, "w", encoding="utf-8") as file:
        file.writelines(f"{name}\t{ids[row]}\n" for name, row in zip(ids, root.tolist()))
