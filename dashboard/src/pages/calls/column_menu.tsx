import { Button, Checkbox, Popover, Stack } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { columnIds, type ColumnId } from "./columns";

interface ColumnMenuProps {
  shown: readonly ColumnId[];
  onChange: (shown: ColumnId[] | null) => void;
}

export function ColumnMenu({ shown, onChange }: ColumnMenuProps) {
  const { t } = useTranslation("calls");
  return (
    <Popover position="bottom-end" withinPortal trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={16} aria-hidden />}>
          {t("columns.choose")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("columns.choose")}>
        <Checkbox.Group value={[...shown]} onChange={(names) => onChange(columnIds.filter((id) => names.includes(id)))}>
          <Stack gap="xs">
            {columnIds.map((id) => (
              <Checkbox key={id} value={id} label={t(`column.${id}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Button variant="subtle" size="xs" mt="sm" onClick={() => onChange(null)}>
          {t("columns.reset")}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
