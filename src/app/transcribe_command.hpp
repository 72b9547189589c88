// `parley transcribe FILE.wav --provider deepgram`: a recording written down by hand.
#pragma once

#include <iosfwd>
#include <string>

#include "app/vendors.hpp"
#include "base/clock.hpp"
#include "settings/settings.hpp"

namespace CLI {
class App;
}

namespace parley::app {

// As written on the command line.
struct TranscribeOptions {
  std::string file;
  std::string provider;
  std::string model;
  std::string language;
  std::string output = "text";  // or json
};

// Declares file and options; `options` outlives the app.
void add_transcribe_options(CLI::App& command, TranscribeOptions& options);

// One try. Blocks until it is over; the exit code: 0, or 1 after one line on `err`. Needs no data directory;
// trust_vendors() comes before it.
int run_transcribe(const settings::Settings& settings, const Clock& clock, const TranscribeOptions& options,
                   std::ostream& out, std::ostream& err);

// The same with the recognisers given.
int run_transcribe_by(const Providers<speech::FileTranscriber>& providers, const vendor::PriceTable& prices,
                      const TranscribeOptions& options, std::ostream& out, std::ostream& err);

}  // namespace parley::app
