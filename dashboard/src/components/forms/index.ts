// What the pages with forms share: fields with their errors, buttons that a role may not use, secrets shown once,
// findings of a check, tables that scroll by themselves.
import { registerTexts } from "@/i18n";
import texts from "./texts.en.json";

registerTexts("forms", texts);

export { AllowedButton, useRefusal } from "./allowed_button";
export { ChangedMeanwhile, isStale } from "./changed_meanwhile";
export { FormDialog } from "./form_dialog";
export { Findings } from "./findings";
export { KeptForm, type Kept } from "./kept_form";
export { NewPassword } from "./new_password";
export { passwordFault } from "./password_rules";
export { ScrollTable } from "./scroll_table";
export { SecretOnce } from "./secret_once";
export { useFields, type Fields, type Inputs } from "./use_fields";
export { makeOnceKey, useOnceKey, type OnceKey } from "./use_once_key";
