// A query's states in one place: children are shown when there is data. Data that is there stays while it is asked for
// again, also when that fails: the banner tells that the server is away.
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ErrorState, LoadingState } from "./states";

interface QueryStatesProps<T> {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  loading?: ReactNode;
}

export function QueryStates<T>({ query, children, loading }: QueryStatesProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return <>{loading ?? <LoadingState />}</>;
}
