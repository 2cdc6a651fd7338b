/** Two facts about directed graphs, given as the list of predecessors of each node. */

/**
 * Strongly connected components (Tarjan 1972, without recursion), predecessors' components first.
 */
export function stronglyConnected(before: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const index = new Array<number>(before.length).fill(-1);
  const low = new Array<number>(before.length).fill(0);
  const onStack = new Array<boolean>(before.length).fill(false);
  const stack: number[] = [];
  const components: number[][] = [];
  let visited = 0;
  for (let root = 0; root < before.length; root++) {
    if (index[root] >= 0) continue;
    const path: { node: number; next: number }[] = [{ node: root, next: 0 }];
    while (path.length > 0) {
      const top = path[path.length - 1];
      const { node } = top;
      if (index[node] < 0) {
        index[node] = low[node] = visited++;
        stack.push(node);
        onStack[node] = true;
      }
      if (top.next < before[node].length) {
        const other = before[node][top.next++];
        if (index[other] < 0) path.push({ node: other, next: 0 });
        else if (onStack[other]) low[node] = Math.min(low[node], index[other]);
        continue;
      }
      path.pop();
      const parent = path[path.length - 1];
      if (parent) low[parent.node] = Math.min(low[parent.node], low[node]);
      if (low[node] < index[node]) continue;
      const component = stack.splice(stack.lastIndexOf(node));
      for (const i of component) onStack[i] = false;
      components.push(component);
    }
  }
  return components;
}

/** The nodes that depend on any of `sources`, directly or not, and the sources themselves. */
export function dependents(before: readonly (readonly number[])[], sources: readonly number[]): Set<number> {
  const after: number[][] = before.map(() => []);
  before.forEach((list, node) => {
    for (const i of list) after[i].push(node);
  });
  const reached = new Set<number>(sources);
  for (const node of reached) for (const next of after[node]) reached.add(next);
  return reached;
}
