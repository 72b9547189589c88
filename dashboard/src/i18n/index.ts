// English texts by namespace; another language is another bundle with the same keys. The shell's texts are here, a
// page brings its own with registerTexts() beside its code, so that a page's words load with the page.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import common from "./en.json";

void i18next.use(initReactI18next).init({
  lng: "en",
  fallbackLng: "en",
  defaultNS: "common",
  resources: { en: { common } },
  interpolation: { escapeValue: false }, // React escapes
  returnNull: false,
});

export function registerTexts(namespace: string, english: object) {
  i18next.addResourceBundle("en", namespace, english, true, true);
}

export default i18next;
