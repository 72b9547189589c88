// Sentences as a table, each text also in pieces of every size: the sentences must not depend on the cuts.
#include "llm/sentence_splitter.hpp"

#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::llm {
namespace {

using testing::ElementsAre;
using Sentences = std::vector<std::string>;

Sentences split(std::string_view text, SplitterOptions options, std::size_t piece) {
  SentenceSplitter splitter(options);
  Sentences out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    for (auto& sentence : splitter.push(text.substr(at, piece)))
      out.push_back(std::move(sentence));
  }
  for (auto& sentence : splitter.flush())
    out.push_back(std::move(sentence));
  return out;
}

struct Case {
  const char* text;
  Sentences sentences;
};

void check(std::span<const Case> cases, SplitterOptions options) {
  for (const auto& c : cases) {
    for (std::size_t piece = 1; piece <= std::string_view(c.text).size() + 1; ++piece)
      EXPECT_EQ(split(c.text, options, piece), c.sentences) << c.text << " in pieces of " << piece;
  }
}

TEST(SentenceSplitter, CutsAtTheEndOfSentences) {
  const Case cases[] = {
      {"", {}},
      {"   \n ", {}},
      {"Hello", {"Hello"}},
      {"Hello there. How are you? Fine!", {"Hello there.", "How are you?", "Fine!"}},
      {"  Hello there.   How are you today?  ", {"Hello there.", "How are you today?"}},
      {"See Dr. Rao at 4 p.m. or Mrs. Das. She is free.",
       {"See Dr. Rao at 4 p.m. or Mrs. Das.", "She is free."}},
      {"Come at 4 p.m. We are open.", {"Come at 4 p.m.", "We are open."}},
      {"That costs Rs. 500 for room No. 5 today. Yes.", {"That costs Rs. 500 for room No. 5 today.", "Yes."}},
      {"I will say no. Please go.", {"I will say no.", "Please go."}},
      {"It is 3.50 or 4.00. Take it.", {"It is 3.50 or 4.00.", "Take it."}},
      {"Wait a moment... I am looking.", {"Wait a moment...", "I am looking."}},
      {"Wait a moment… I am looking.", {"Wait a moment…", "I am looking."}},
      {"Are you there?! I cannot hear.", {"Are you there?!", "I cannot hear."}},
      {"She said \"come on in.\" Then she left.", {"She said \"come on in.\"", "Then she left."}},
      {"Ask A. Kumar about it. Thanks.", {"Ask A. Kumar about it.", "Thanks."}},
      {"1. Say your name. 2. Say your age.", {"1. Say your name.", "2. Say your age."}},
      {"First a line\nthen a second one", {"First a line", "then a second one"}},
      {"नमस्ते, आपका स्वागत है। एक दबाएँ। धन्यवाद", {"नमस्ते, आपका स्वागत है।", "एक दबाएँ। धन्यवाद"}},
      {"आपका स्वागत है।एक बार फिर दबाएँ", {"आपका स्वागत है।", "एक बार फिर दबाएँ"}},
      {"Really long?Yes it is that.", {"Really long?", "Yes it is that."}},
      {"See www.example.com for it. Bye.", {"See www.example.com for it.", "Bye."}},
  };
  check(cases, {.min_chars = 11});
}

TEST(SentenceSplitter, AShortSentenceGoesWithTheNext) {
  const Case cases[] = {
      {"Hi. How are you? I am fine.", {"Hi. How are you?", "I am fine."}},
      {"Yes. No.", {"Yes. No."}},
  };
  check(cases, {.min_chars = 9});
}

TEST(SentenceSplitter, TheFirstPieceMayEndAtAComma) {
  const Case cases[] = {
      {"Well, that is a good question, and I will look it up, now.",
       {"Well, that is a good question,", "and I will look it up, now."}},
      {"It is 1,000,000 rupees and more, I think.", {"It is 1,000,000 rupees and more,", "I think."}},
      {"A short one here. Then, after that long one, more.",
       {"A short one here.", "Then, after that long one, more."}},
  };
  check(cases, {.min_chars = 12, .max_chars = 240, .first_clause_chars = 12});
}

TEST(SentenceSplitter, AnEndlessSentenceIsCutAtASpace) {
  const Case cases[] = {
      {"one two three four five six", {"one two", "three four", "five six"}},
      {"oneoneoneoneoneone two", {"oneoneoneoneoneone", "two"}},
  };
  check(cases, {.min_chars = 4, .max_chars = 10});
}

TEST(SentenceSplitter, GivesASentenceAsSoonAsItIsSure) {
  SentenceSplitter splitter;
  EXPECT_THAT(splitter.push("Your visit is booked."), ElementsAre());
  EXPECT_THAT(splitter.push(" "), ElementsAre("Your visit is booked."));
  EXPECT_THAT(splitter.push("Anything else? Y"), ElementsAre("Anything else?"));
  EXPECT_THAT(splitter.flush(), ElementsAre("Y"));
  EXPECT_THAT(splitter.flush(), ElementsAre());
}

TEST(SentenceSplitter, ALongTextInSingleBytesTakesLittleTime) {
  SentenceSplitter splitter({.min_chars = 12, .max_chars = 1'000'000});
  for (int i = 0; i < 300'000; ++i)
    EXPECT_TRUE(splitter.push("a").empty());
  EXPECT_EQ(splitter.flush().size(), 1u);
}

}  // namespace
}  // namespace parley::llm
