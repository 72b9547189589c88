import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { onReturn } from "./connection";
import { Problem } from "./problem";

let sessionLost: () => void = () => {};
// `listener` is called when the server asks for a login; there is one.
export function onSessionLost(listener: () => void) {
  sessionLost = listener;
}

function watch(error: unknown) {
  if (error instanceof Problem && error.status === 401) sessionLost();
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: watch }),
  mutationCache: new MutationCache({ onError: watch }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the server refused it would refuse again; what it did not hear may be asked twice.
      retry: (failures, error) => failures < 2 && error instanceof Problem && (error.unreachable || error.status >= 502),
      networkMode: "always", // the server may run on this machine, whatever the network does
    },
    mutations: { networkMode: "always" },
  },
});

onReturn(() => void queryClient.invalidateQueries());
