// Every page and its address. A page is a folder of src/pages whose index.tsx exports it as default; it is loaded when
// it is first opened.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { loadPart } from "@/api/load_part";
import { meQuery, type Level } from "@/api/me";
import { Problem } from "@/api/problem";
import { queryClient, onSessionLost } from "@/api/query_client";
import { NotFound, RouteError, RoutePending } from "@/shell/route_states";
import { Shell } from "@/shell/shell";

// All search parameters are plain texts; what is empty is left out of the address.
export type Search = Record<string, string | undefined>;

const texts = (search: Record<string, unknown>): Search =>
  Object.fromEntries(Object.entries(search).map(([name, value]) => [name, value === undefined ? undefined : String(value)]));

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    // What a user must be allowed to see the page.
    right?: { resource: string; level: Level };
  }
}

const root = createRootRoute({ notFoundComponent: NotFound, errorComponent: RouteError });

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: Shell,
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof Problem && error.status === 401)
        throw redirect({ to: "/login", search: { to: location.href === "/" ? undefined : location.href } });
      throw error;
    }
  },
});

type Load = () => Promise<{ default: () => React.ReactNode }>;

function page<Path extends string>(path: Path, load: Load, resource?: string, level: Level = "read") {
  return createRoute({
    getParentRoute: () => shell,
    path,
    component: lazyRouteComponent(() => loadPart(load)),
    validateSearch: texts,
    staticData: resource ? { right: { resource, level } } : {},
  });
}

function outside<Path extends string>(path: Path, load: Load) {
  return createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(() => loadPart(load)), validateSearch: texts });
}

const routeTree = root.addChildren([
  outside("/login", () => import("@/pages/login")),
  outside("/invite/$token", () => import("@/pages/invite")),
  shell.addChildren([
    page("/", () => import("@/pages/overview"), "calls"),
    page("/agents", () => import("@/pages/agents"), "agents"),
    page("/agents/new", () => import("@/pages/agent_new"), "agents", "write"),
    page("/agents/$agentId", () => import("@/pages/agent"), "agents"),
    page("/talk", () => import("@/pages/talk"), "sessions", "write"),
    page("/chat", () => import("@/pages/chat"), "sessions", "write"),
    page("/live", () => import("@/pages/live"), "calls"),
    page("/calls", () => import("@/pages/calls"), "calls"),
    page("/calls/$callId", () => import("@/pages/call"), "calls"),
    page("/sessions", () => import("@/pages/sessions"), "sessions"),
    page("/sessions/$sessionId", () => import("@/pages/session"), "sessions"),
    page("/outbound", () => import("@/pages/outbound"), "calls", "write"),
    page("/numbers", () => import("@/pages/numbers"), "numbers"),
    page("/numbers/$numberId", () => import("@/pages/number"), "numbers"),
    page("/telephony", () => import("@/pages/telephony"), "telephony"),
    page("/keys", () => import("@/pages/keys"), "providerkeys"),
    page("/prices", () => import("@/pages/prices"), "prices"),
    page("/users", () => import("@/pages/users"), "users"),
    page("/api-keys", () => import("@/pages/api_keys"), "keys", "admin"),
    page("/webhooks", () => import("@/pages/webhooks"), "webhooks"),
    page("/webhooks/$webhookId", () => import("@/pages/webhook"), "webhooks"),
    page("/audit", () => import("@/pages/audit"), "audit", "admin"),
    page("/settings", () => import("@/pages/settings"), "settings"),
    page("/account", () => import("@/pages/account")),
  ]),
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultPendingComponent: RoutePending,
  defaultErrorComponent: RouteError,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(search as Search)) if (value) query.set(name, value);
    return query.size > 0 ? `?${query}` : "";
  },
});

// A login that has run out while the dashboard was open.
onSessionLost(() => {
  queryClient.removeQueries({ queryKey: meQuery.queryKey });
  if (router.state.location.pathname !== "/login")
    void router.navigate({ to: "/login", search: { to: router.state.location.href } });
});
