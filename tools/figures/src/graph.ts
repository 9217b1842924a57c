/** A directed graph: the targets of each node. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>;

/** Joins nodes that reach each other to one node, with their names in order and a comma between them. */
export function joinCycles(graph: Graph): Graph {
  const nameOf = new Map<string, string>();
  for (const node of graph.keys()) {
    const group = [...reachable(graph, node)].filter((other) => reachable(graph, other).has(node));
    nameOf.set(node, [...new Set([node, ...group])].sort().join(", "));
  }
  const joined = new Map<string, Set<string>>();
  for (const [node, targets] of graph) {
    const name = nameOf.get(node) ?? node;
    const all = joined.get(name) ?? new Set();
    joined.set(name, all);
    for (const target of targets) {
      const targetName = nameOf.get(target) ?? target;
      if (targetName !== name) all.add(targetName);
    }
  }
  return joined;
}

/** Removes each edge whose target is also reached through another one. The graph must have no cycle. */
export function reduce(graph: Graph): Graph {
  return new Map(
    Array.from(graph, ([node, targets]) => {
      const isIndirect = (target: string) =>
        [...targets].some((other) => other !== target && reachable(graph, other).has(target));
      return [node, new Set([...targets].filter((target) => !isIndirect(target)))];
    }),
  );
}

/** Draws a graph as a Mermaid flow chart, in alphabetical order. */
export function drawGraph(graph: Graph): string {
  const nodes = Array.from(graph.keys(), (name) => {
    return `  ${toId(name)}["${name.replaceAll(", ", "<br>")}"]`;
  });
  const edges = [...graph].flatMap(([from, targets]) =>
    Array.from(targets, (to) => `  ${toId(from)} --> ${toId(to)}`),
  );
  return ["flowchart TD", ...nodes.sort(), ...edges.sort()].join("\n");
}

function toId(name: string): string {
  return name.replaceAll(/\W+/g, "_");
}

/** All nodes on paths of at least one edge. */
function reachable(graph: Graph, from: string): Set<string> {
  const found = new Set<string>();
  const waiting = [...(graph.get(from) ?? [])];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    waiting.push(...(graph.get(node) ?? []));
  }
  return found;
}
