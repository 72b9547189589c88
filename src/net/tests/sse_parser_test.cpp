#include "net/sse_parser.hpp"

#include <gtest/gtest.h>

namespace parley::net {
namespace {

// "event|data" of each event, "?line" of each other line.
struct Seen final : SseListener {
  void on_sse_event(std::string_view event, std::string_view data) override {
    what.push_back(std::string(event) + "|" + std::string(data));
  }
  void on_sse_other(std::string_view line) override { what.push_back("?" + std::string(line)); }
  std::vector<std::string> what;
};

using Expected = std::vector<std::string>;

// Cuts `stream` after each of the given positions.
std::vector<std::string> parse(std::string_view stream, std::vector<std::size_t> cuts = {}) {
  Seen seen;
  SseParser parser(seen);
  std::size_t from = 0;
  cuts.push_back(stream.size());
  for (const std::size_t cut : cuts) {
    EXPECT_TRUE(parser.push(stream.substr(from, cut - from)));
    from = cut;
  }
  parser.finish();
  return seen.what;
}

TEST(SseParser, KnowsAllThreeEndsOfALine) {
  EXPECT_EQ(parse("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\r\n\n"), (Expected{"|a", "|b", "|c", "|d"}));
}

TEST(SseParser, JoinsDataLinesAndNamesTheEvent) {
  EXPECT_EQ(parse("event: done\ndata: a\ndata:b\ndata\ndata:  c\n\n"), (Expected{"done|a\nb\n\n c"}));
}

TEST(SseParser, SkipsCommentsIdsAndRetries) {
  EXPECT_EQ(parse(": OPENROUTER PROCESSING\n\nid: 7\nretry: 10\ndata: a\n: x\ndata: b\n\n"),
            (Expected{"|a\nb"}));
}

TEST(SseParser, AnEventWithoutDataIsNoneAndItsNameIsForgotten) {
  EXPECT_EQ(parse("event: ping\n\ndata: a\n\n"), (Expected{"|a"}));
}

TEST(SseParser, AnEmptyDataLineIsAnEvent) {
  EXPECT_EQ(parse("data\n\ndata:\n\n"), (Expected{"|", "|"}));
}

TEST(SseParser, TheEndDeliversWhatHasNoBlankLine) {
  EXPECT_EQ(parse("data: a\n\ndata: [DONE]"), (Expected{"|a", "|[DONE]"}));
  EXPECT_EQ(parse("data: a\r\n"), (Expected{"|a"}));
  EXPECT_EQ(parse(""), Expected{});
}

TEST(SseParser, OtherLinesAreTold) {
  EXPECT_EQ(parse("{\"error\": {\"code\": 503}}\n"), (Expected{"?{\"error\": {\"code\": 503}}"}));
  EXPECT_EQ(parse("data: a\nwhat is this\n\n"), (Expected{"?what is this", "|a"}));
}

TEST(SseParser, AByteOrderMarkCountsOnlyAtTheStart) {
  EXPECT_EQ(parse("\xEF\xBB\xBF"
                  "data: a\n\n\xEF\xBB\xBF"
                  "data: b\n\n"),
            (Expected{"|a",
                      "?\xEF\xBB\xBF"
                      "data: b"}));
}

TEST(SseParser, NoCutChangesWhatIsSeen) {
  const std::string stream =
      "\xEF\xBB\xBF"
      "event: a\r\ndata: one\r\n\r\n: note\r\rdata: \xE0\xA4\xA8\rdata:two\n\n{\"e\":1}\r\nevent:x\n\n"
      "data: {\"k\": \"v:\"}\n\r\ndata: last";
  const auto whole = parse(stream);
  ASSERT_EQ(whole, (Expected{"a|one", "|\xE0\xA4\xA8\ntwo", "?{\"e\":1}", "|{\"k\": \"v:\"}", "|last"}));
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second)
      EXPECT_EQ(parse(stream, {first, second}), whole) << first << " " << second;
  }
  std::vector<std::size_t> every(stream.size());
  for (std::size_t i = 0; i < every.size(); ++i)
    every[i] = i;
  EXPECT_EQ(parse(stream, every), whole);
}

TEST(SseParser, AnEventOverTheLimitIsRefused) {
  Seen seen;
  SseParser one_line(seen, 20);
  EXPECT_TRUE(one_line.push("data: 45678901234567"));
  const auto refused = one_line.push("x");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::protocol);

  SseParser many_lines(seen, 20);
  EXPECT_TRUE(many_lines.push("data: 1234567\ndata: 1234567\n"));
  EXPECT_FALSE(many_lines.push("data: 1234567\n"));

  SseParser many_empty(seen, 20);
  Result<void> pushed;
  for (int i = 0; i < 100 && pushed; ++i)
    pushed = many_empty.push("data\n");
  EXPECT_FALSE(pushed);
  EXPECT_TRUE(seen.what.empty());
}

}  // namespace
}  // namespace parley::net
