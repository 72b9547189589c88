#include "speech/spoken_forms.hpp"

#include <array>

namespace parley::speech {
namespace {

// A digits slot is an open run rather than exactly min to max digits: a caller who says one digit too few is
// then heard as he spoke and told so, where a counted rule would press his words into digits he never said.
constexpr std::array kRules = {
    // What people put round the words that matter. Content words do not belong here: heard in a `*` by
    // mistake they could set off another rule. At most one phrase and one small word: at the default word
    // penalty a free run of the same words gave 45–77 % word errors on flite's voices, one phrase and one
    // small word 21–23 %; at the penalty in use dropping `*` gave 30–42 % and the phrase 6–11 %.
    NamedRule{"polite",
              "i (want | need | have | would like) to | i'd like to | (can | could) (i | you) [please] | "
              "please | hello | hi | "
              "okay",
              ""},
    NamedRule{"small", "a | an | the | my | me | some | to | for me | please | thank you", ""},
    NamedRule{"filler", "<polite> [<small>] | <small>", "polite small"},
    NamedRule{"digit", "zero | oh | one | two | three | four | five | six | seven | eight | nine", ""},
    NamedRule{"digits", "([double | triple] <digit>)+", "digit"},
    NamedRule{"unit", "one | two | three | four | five | six | seven | eight | nine", ""},
    NamedRule{
        "teen",
        "ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen",
        ""},
    NamedRule{"ten", "twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety", ""},
    NamedRule{"below_hundred", "<unit> | <teen> | <ten> [<unit>]", "unit teen ten"},
    NamedRule{"hundreds", "(a | <unit>) hundred [[and] <below_hundred>]", "unit below_hundred"},
    NamedRule{
        "number",
        "zero | <below_hundred> | <hundreds> | (a | <unit>) thousand [[and] <below_hundred> | <hundreds>]",
        "unit below_hundred hundreds"},
    NamedRule{"weekday", "monday | tuesday | wednesday | thursday | friday | saturday | sunday", ""},
    NamedRule{
        "month",
        "january | february | march | april | may | june | july | august | september | october | november | "
        "december",
        ""},
    NamedRule{
        "ordinal",
        "first | second | third | fourth | fifth | sixth | seventh | eighth | ninth | tenth | eleventh | "
        "twelfth | thirteenth | fourteenth | fifteenth | sixteenth | seventeenth | eighteenth | nineteenth | "
        "twentieth | twenty (first | second | third | fourth | fifth | sixth | seventh | eighth | ninth) | "
        "thirtieth | thirty first",
        ""},
    NamedRule{"date",
              "today | tomorrow | [the] day after tomorrow | [this | next] <weekday> | [the] <ordinal> [of] "
              "<month> | "
              "<month> [the] <ordinal>",
              "weekday ordinal month"},
    NamedRule{"hour", "one | two | three | four | five | six | seven | eight | nine | ten | eleven | twelve",
              ""},
    NamedRule{
        "minute",
        "oh five | five | ten | fifteen | twenty | twenty five | thirty | thirty five | forty | forty five | "
        "fifty | fifty five",
        ""},
    NamedRule{"half_day", "(a | p) m | in the (morning | afternoon | evening)", ""},
    NamedRule{"time",
              "noon | midnight | (half past | quarter past | quarter to) <hour> [<half_day>] | "
              "<hour> [o'clock | <minute>] [<half_day>]",
              "hour minute half_day"},
};

}  // namespace

const NamedRule* spoken_rule(std::string_view name) {
  for (const auto& rule : kRules) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

std::string_view rule_of(const agent::Slot& slot) {
  switch (slot.kind) {
    case agent::SlotKind::digits:
      return slot.max_digits == 1 ? "digit" : "digits";
    case agent::SlotKind::number:
      return "number";
    case agent::SlotKind::date:
      return "date";
    case agent::SlotKind::time:
      return "time";
    case agent::SlotKind::choice:
      break;
  }
  return "";
}

}  // namespace parley::speech
