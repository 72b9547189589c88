// The picture of a script. Selecting a stage opens its form; a line drawn from one stage to another is a new rule.
// Everything that can be done here can be done in the form, too.
import { useComputedColorScheme } from "@mantine/core";
import { Background, Controls, Handle, MarkerType, Position, ReactFlow, type Connection, type Edge, type Node, type NodeProps, type ReactFlowInstance } from "@xyflow/react";
import "@xyflow/react/dist/style.css";
import { memo, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { kAnywhereSelected, stageId, type Graph, type GraphNode } from "./graph";
import classes from "./stages.module.css";

type StageNode = Node<{ node: GraphNode; chosen: boolean }, "stage">;

const StageBox = memo(({ data: { node, chosen } }: NodeProps<StageNode>) => {
  const { t } = useTranslation("agent");
  const title = node.name || t(`stages.kind.${node.kind}`);
  const sign = node.kind === "missing" ? t("stages.missing") : node.lost ? t("stages.lost") : node.first ? t("stages.first") : "";
  return (
    <div className={classes.node} data-kind={node.kind} data-lost={node.lost} data-chosen={chosen}>
      {node.kind === "anywhere" ? null : <Handle type="target" position={Position.Left} isConnectable={node.kind === "stage"} />}
      <div className={classes.name}>{title}</div>
      {sign ? <div className={`${classes.sign} ${node.lost || node.kind === "missing" ? classes.bad : ""}`}>{sign}</div> : null}
      {node.kind === "stage" || node.kind === "anywhere" ? (
        <>
          <div className={classes.line}>{node.fallback || t("stages.rules", { count: node.rules })}</div>
          <Handle type="source" position={Position.Right} />
        </>
      ) : null}
    </div>
  );
});
StageBox.displayName = "StageBox";

const nodeTypes = { stage: StageBox };
const kLongestLabel = 28;
// Stages stay readable; what does not fit is reached by pulling.
const fit = { padding: 0.1, minZoom: 0.4, maxZoom: 1 };

interface StageCanvasProps {
  graph: Graph;
  // A stage's name, or what stands for the rules of every stage.
  chosen: string;
  readOnly: boolean;
  onSelect: (stage: string | undefined) => void;
  onConnect: (from: string | null, to: string) => void;
}

export default function StageCanvas({ graph, chosen, readOnly, onSelect, onConnect }: StageCanvasProps) {
  const { t } = useTranslation("agent");
  const scheme = useComputedColorScheme();
  // Where somebody has pulled a stage to, for as long as the page is open.
  const [moved, setMoved] = useState<Record<string, { x: number; y: number }>>({});
  const selected = chosen === kAnywhereSelected ? "anywhere" : stageId(chosen);
  const nodes = useMemo<StageNode[]>(
    () =>
      graph.nodes.map((node) => ({
        id: node.id,
        type: "stage",
        zIndex: 2,
        position: moved[node.id] ?? { x: node.x, y: node.y },
        data: { node, chosen: node.id === selected },
        ariaLabel: `${node.name || t(`stages.kind.${node.kind}`)}, ${t("stages.rules", { count: node.rules })}`,
        connectable: !readOnly,
      })),
    [graph, moved, selected, readOnly, t],
  );
  const edges = useMemo<Edge[]>(
    () =>
      graph.edges.map((edge) => {
        const near = edge.source === selected || edge.target === selected;
        const [first = ""] = edge.labels;
        const label = first.length > kLongestLabel ? `${first.slice(0, kLongestLabel)}…` : first;
        return {
          id: edge.id,
          source: edge.source,
          target: edge.target,
          label: near ? label + (edge.labels.length > 1 ? ` +${edge.labels.length - 1}` : "") : undefined,
          animated: false,
          zIndex: near ? 1 : 0,
          style: near ? { stroke: "var(--mantine-primary-color-filled)", strokeWidth: 2 } : edge.source === "anywhere" ? { strokeDasharray: "4 4" } : undefined,
          labelStyle: { fill: "var(--mantine-color-text)" },
          labelBgStyle: { fill: "var(--mantine-color-body)" },
          markerEnd: { type: MarkerType.ArrowClosed },
        };
      }),
    [graph, selected],
  );
  // What was added is in sight.
  const flow = useRef<ReactFlowInstance<StageNode, Edge> | null>(null);
  const count = graph.nodes.length;
  useEffect(() => {
    const timer = setTimeout(() => void flow.current?.fitView(fit), 50);
    return () => clearTimeout(timer);
  }, [count]);
  const open = (id: string) => {
    if (id === "anywhere") onSelect(kAnywhereSelected);
    else if (id.startsWith("stage:")) onSelect(id.slice("stage:".length));
  };
  return (
    <div className={classes.canvas} role="region" aria-label={t("stages.graph")}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={scheme}
        fitView
        fitViewOptions={fit}
        onInit={(instance) => {
          flow.current = instance;
        }}
        minZoom={0.1}
        maxZoom={1.5}
        nodesConnectable={!readOnly}
        edgesFocusable={false}
        deleteKeyCode={null}
        preventScrolling={false}
        zoomOnScroll={false}
        onNodesChange={(changes) => {
          for (const change of changes) {
            if (change.type === "position" && change.position) {
              const { id, position } = change;
              setMoved((old) => ({ ...old, [id]: position }));
            }
            if (change.type === "select" && change.selected) open(change.id);
          }
        }}
        onPaneClick={() => onSelect(undefined)}
        onConnect={({ source, target }: Connection) => {
          if (target.startsWith("stage:")) onConnect(source === "anywhere" ? null : source.slice("stage:".length), target.slice("stage:".length));
        }}
      >
        <Background />
        <Controls showInteractive={false} aria-label={t("stages.controls")} />
      </ReactFlow>
    </div>
  );
}
