// How calls to a number are answered: with the agent on the line, or by recording.
import { Radio, Select, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";

interface AnswerFieldsProps {
  answerWith: "stream" | "record" | null;
  afterRecording: "summary" | "call_back" | null;
  onChange: (answer: Pick<AnswerFieldsProps, "answerWith" | "afterRecording">) => void;
  disabled?: boolean;
}

export function AnswerFields({ answerWith, afterRecording, onChange, disabled }: AnswerFieldsProps) {
  const { t } = useTranslation("carrier");
  return (
    <Stack gap="sm">
      <Radio.Group
        label={t("answer.label")}
        value={answerWith ?? ""}
        onChange={(value) => onChange({ answerWith: value === "stream" || value === "record" ? value : null, afterRecording })}
      >
        <Stack gap="xs" mt={4}>
          {(["", "stream", "record"] as const).map((value) => (
            <Radio
              key={value}
              value={value}
              disabled={disabled}
              label={t(`answer.${value || "address"}`)}
              description={t(`answer.${value || "address"}Hint`)}
            />
          ))}
        </Stack>
      </Radio.Group>
      {answerWith === "record" ? (
        <Select
          label={t("answer.after")}
          value={afterRecording ?? "summary"}
          onChange={(value) => onChange({ answerWith, afterRecording: value === "call_back" ? "call_back" : "summary" })}
          allowDeselect={false}
          readOnly={disabled}
          data={(["summary", "call_back"] as const).map((value) => ({ value, label: t(`answer.${value}`) }))}
        />
      ) : null}
    </Stack>
  );
}
