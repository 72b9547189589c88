// Somebody has logged in: what is known of others is forgotten.
import { setCsrfToken } from "./client";
import { meQuery, type Me } from "./me";
import { queryClient } from "./query_client";

export function enter(me: Me) {
  queryClient.clear();
  setCsrfToken(me.csrfToken);
  queryClient.setQueryData(meQuery.queryKey, me);
}
