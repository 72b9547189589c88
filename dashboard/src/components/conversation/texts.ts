import { registerTexts } from "@/i18n";
import texts from "./texts.en.json";

registerTexts("conversation", texts);
