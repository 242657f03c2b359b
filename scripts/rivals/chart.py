"""The comparison as a picture."""
from .judge import BANDS

OWN, OTHER, SHADES = "#1f6f5c", "#9aa5b1", ["#123f35", "#2f8f77", "#a5d6c8"]


def draw(report, path):
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams |= {"svg.hashsalt": "newsfold", "font.size": 9}
    matplotlib.rcParams |= {"axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10}
    results = dict(sorted(report["results"].items(), key=lambda item: item[1]["cpu_s"]))
    size = (9, 1.2 + 0.55 * len(results))
    figure, (cost, recall) = pyplot.subplots(1, 2, figsize=size, layout="constrained", sharey=True)
    draw_cost(cost, results)
    draw_recall(recall, results)
    cost.set_yticks(range(len(results)), [f"{name} {result['version']}" for name, result in results.items()])
    cost.invert_yaxis()
    corpus = f"{report['documents']:,} documents, {report['machine']['cores']} cores ({report['machine']['cpu']})"
    figure.supxlabel(corpus, fontsize=8, color="#555555")
    figure.savefig(path, format="svg", metadata={"Date": None, "Title": "newsfold beside other near-duplicate programs"})


def draw_cost(axes, results):
    ratios = [result["cpu_s"] / results["newsfold"]["cpu_s"] for result in results.values()]
    bars = axes.barh(range(len(results)), ratios, height=0.7, color=[OWN if name == "newsfold" else OTHER for name in results])
    axes.bar_label(bars, [f"{ratio:.3g}" for ratio in ratios], padding=3)
    axes.set(xscale="log", xlim=(0.5, 3 * max(ratios)), title="CPU time (newsfold = 1, logarithmic)")
    axes.xaxis.set_major_formatter("{x:g}")


def draw_recall(axes, results):
    """The pairs that are missed: that scale can begin at zero."""
    height = 0.7 / len(BANDS)
    missed = {band: [100 * (1 - (result[band] or 0)) for result in results.values()] for band in BANDS}
    for at, (band, (low, high)) in enumerate(BANDS.items()):
        places = [place + (at - 1) * height for place in range(len(results))]
        label = f"Jaccard {low} to {min(high, 1):g}"
        bars = axes.barh(places, missed[band], height, color=SHADES[at], label=label)
        axes.bar_label(bars, [f"{share:.2g} %" if share else "0" for share in missed[band]], padding=3, fontsize=6)
    axes.set(xlim=(0, 1.2 * max(0.1, *map(max, missed.values()))), title="near-duplicate pairs missed (1 - recall), per cent")
    axes.legend(frameon=False, loc="center right")
