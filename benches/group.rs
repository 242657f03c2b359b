//! Edges to groups, in documents: many small families, and one chain of all.

#![allow(missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newsfold::group::{Linkage, representatives};
use newsfold::hash;
use newsfold::verify::{Edge, Overlap};

const NODES: u32 = 100_000;

fn groups(c: &mut Criterion) {
    let edge = |a: u32, b: u32| Edge { a: a.min(b), b: a.max(b), overlap: Overlap::WHOLE };
    let near = |node: u32| (node ^ 1 << (hash::mix(node.into()) % 5)) % NODES;
    let families: Vec<Edge> = (0..NODES).map(|node| edge(node, near(node))).filter(|edge| edge.a != edge.b).collect();
    let chain: Vec<Edge> = (1..NODES).map(|node| edge(node - 1, node)).collect();
    let mut group = c.benchmark_group("group");
    group.throughput(Throughput::Elements(NODES.into()));
    for (name, edges) in [("families", &families), ("chain", &chain)] {
        for linkage in [Linkage::Components, Linkage::Representative] {
            let nodes = NODES as usize;
            group.bench_function(format!("{name}, {linkage:?}"), |b| b.iter(|| representatives(nodes, edges, linkage)));
        }
    }
    group.finish();
}

criterion_group!(benches, groups);
criterion_main!(benches);
