// What the server said against a form, above its buttons.
import { Alert, List } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { Problem, messageOf } from "@/api/problem";

export function ProblemAlert({ error }: { error: unknown }) {
  if (!error) return null;
  const errors = error instanceof Problem ? error.errors : [];
  // "body/phoneNumber: a phone number has digits …": where it stands is for programs; a form says it beside the field.
  const title = messageOf(error).replace(/^(?:body|query|path|header)\/\S+: /, "");
  return (
    <Alert color="red" variant="light" icon={<IconAlertCircle />} title={title} role="alert">
      {errors.length > 1 ? (
        <List size="sm">
          {errors.map((each) => (
            <List.Item key={each.pointer + each.detail}>
              {each.pointer.replace(/^\/body\//, "")}: {each.detail}
            </List.Item>
          ))}
        </List>
      ) : null}
    </Alert>
  );
}
