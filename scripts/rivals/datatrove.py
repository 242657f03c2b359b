"""datatrove: the pipeline that made FineWeb, with the parameters of its example: 14 buckets of 8 hashes of 64 bits, its
own words (spaCy's) and 5-grams of them. `bands` is not for it.

Its unit of parallel work is the file, so the corpus is cut into one for each core. Its fourth stage, the filter, writes
the documents that are kept, which nobody is asked for here: the clusters of the third are all that is read.
"""
import os, shutil
from pathlib import Path


def run(corpus, out, bands):
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashConfig, MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.utils.hashing import HashConfig
    from datatrove.utils.typeshelper import Languages

    cores, home = os.cpu_count(), Path(f"{out}.work")
    cut(corpus, home / "input", cores)
    reader = JsonlReader(str(home / "input"))
    config = MinhashConfig(hash_config=HashConfig(precision=64), num_buckets=14, hashes_per_bucket=8)
    folders = signatures, buckets, clusters = [str(home / name) for name in ("signatures", "buckets", "clusters")]
    stages = [
        (cores, [reader, MinhashDedupSignature(output_folder=signatures, config=config, language=Languages.english)]),
        (config.num_buckets, [MinhashDedupBuckets(input_folder=signatures, output_folder=buckets, config=config)]),
        (1, [MinhashDedupCluster(input_folder=buckets, output_folder=clusters, config=config, save_cluster_id=True)]),
    ]
    for (tasks, pipeline), folder in zip(stages, folders):
        # Forked workers are this process's own, so what they cost is counted.
        options = {"workers": min(tasks, cores), "logging_dir": f"{folder}.logs", "start_method": "fork"}
        LocalPipelineExecutor(pipeline, tasks=tasks, **options).run()
    with open(out, "w", encoding="utf-8") as file:
        for rank in range(cores):
            cluster = clusters_of(Path(clusters) / f"{rank:06d}.clusters")
            for row, document in enumerate(reader.run(rank=rank, world_size=cores)):
                file.write(f"{document.id}\t{cluster.get(row, document.id)}\n")
    shutil.rmtree(home)


def cut(corpus, folder, files):
    folder.mkdir(parents=True)
    step = -(-os.path.getsize(corpus) // files)
    with open(corpus, "rb") as source:
        for number in range(files):
            with open(folder / f"{number:05d}.jsonl", "wb") as part:
                while part.tell() < step and (line := source.readline()):
                    part.write(line)


def clusters_of(path):
    import numpy

    if not path.exists():
        return {}
    return {row: f"cluster {cluster}" for row, cluster in numpy.fromfile(path, dtype="<u4").reshape(-1, 2).tolist()}
