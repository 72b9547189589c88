export { ConfirmButton } from "./confirm_button";
export { CopyField } from "./copy_field";
export { AnchorLink, ButtonLink } from "./links";
export { Page } from "./page";
export { QueryStates } from "./query_states";
export { EmptyState, ErrorState, LoadingState, NoPermission } from "./states";
export { StatusBadge } from "./status_badge";
export { ProblemAlert } from "./problem_alert";
export { notifyDone, notifyProblem } from "./notify";
