#include "vendor/model_notes.hpp"

#include <fmt/format.h>

#include "base/yaml_reader.hpp"
#include "vendor/bundled_data.hpp"
#include "vendor/model_pattern.hpp"

namespace parley::vendor {

Result<std::shared_ptr<const ModelNotes>> ModelNotes::parse(std::string_view yaml,
                                                            std::string_view source_name) {
  yaml::Reader reader(yaml, source_name);
  auto notes = std::make_shared<ModelNotes>();
  for (yaml::Map map : reader.root().list("models")) {
    ModelNote& note = notes->notes_.emplace_back();
    note.vendor = map.text("vendor");
    note.model = map.text("model");
    note.ends = map.text("ends");
    note.instead = map.text("instead");
    note.as_of = map.text("as_of");
    note.note = map.text("note");
    if (note.vendor.empty()) map.problem("vendor", "is needed");
    if (note.model.empty()) map.problem("model", "is needed");
    if (!note.ends.empty() && !is_iso_date(note.ends))
      map.problem("ends", "must be a day such as 2027-01-14");
    if (!is_iso_date(note.as_of))
      map.problem("as_of", "is needed: the day it was looked up, such as 2026-08-21");
  }
  if (auto done = reader.finish(); !done) return fail(std::move(done.error()));
  return notes;
}

std::shared_ptr<const ModelNotes> ModelNotes::bundled() {
  // A test holds the bundled file to being readable.
  auto notes = parse(bundled_models(), "models.yaml");
  return notes ? *notes : std::make_shared<const ModelNotes>();
}

const ModelNote* ModelNotes::find(std::string_view vendor, std::string_view model) const {
  const ModelNote* best = nullptr;
  for (const ModelNote& note : notes_) {
    if (note.vendor != vendor || !model_fits(note.model, model)) continue;
    if (best == nullptr || exactness(note.model) > exactness(best->model)) best = &note;
  }
  return best;
}

std::optional<std::string> ModelNotes::warning(std::string_view vendor, std::string_view model,
                                               std::string_view today) const {
  const ModelNote* note = find(vendor, model);
  if (note == nullptr) return std::nullopt;
  std::string text = fmt::format("{} {}", vendor, model);
  if (note->ends.empty()) {
    text += " may not be served any more";
  } else {
    text += fmt::format(" {} on {}", note->ends <= today ? "ended" : "ends", note->ends);
  }
  text += fmt::format(" (as of {}{}{})", note->as_of, note->note.empty() ? "" : ": ", note->note);
  if (!note->instead.empty()) text += fmt::format("; use {} instead", note->instead);
  return text;
}

}  // namespace parley::vendor
