#include <sys/resource.h>
#include <sys/timex.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "app/checkup/finding.hpp"

namespace parley::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kGiB = 1024UL * 1024 * 1024;
constexpr std::chrono::seconds kClockTolerance{30};
// Sockets of caller, recogniser, model and voice, the recording and its upload; and what a server needs.
constexpr rlim_t kFilesOfCall = 6;
constexpr rlim_t kFilesOfServer = 200;
// Enough to say that it is much.
constexpr std::uintmax_t kMostSpoolBytes = 64UL * 1024 * 1024;

std::uintmax_t count_lines(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::uintmax_t lines = 0;
  std::string buffer(64UL * 1024, '\0');
  for (std::uintmax_t read = 0; stream && read < kMostSpoolBytes; read += buffer.size()) {
    stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    lines += static_cast<std::uintmax_t>(std::count(buffer.begin(), buffer.begin() + stream.gcount(), '\n'));
  }
  return lines;
}

}  // namespace

std::string_view to_string(Health health) {
  switch (health) {
    case Health::good:
      return "ok";
    case Health::unused:
      return "not used";
    case Health::warning:
      return "warning";
    case Health::bad:
      break;
  }
  return "bad";
}

Findings check_clock(std::optional<std::chrono::seconds> ahead) {
  constexpr const char* kFix = "let it follow the network's time (timedatectl set-ntp true)";
  if (ahead) {
    const auto off = ahead->count() < 0 ? -*ahead : *ahead;
    if (off <= kClockTolerance) return {{"clock", Health::good, "agrees with the vendors'"}};
    return {{"clock", Health::bad,
             fmt::format("is {} seconds {} the vendors': signatures and logins fail; {}", off.count(),
                         ahead->count() > 0 ? "ahead of" : "behind", kFix)}};
  }
  timex state{};
  const int kernel = ::adjtimex(&state);
  if (kernel < 0) return {{"clock", Health::unused, "nobody was asked what time it is"}};
  if (kernel == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
    return {{"clock", Health::warning,
             fmt::format("nothing keeps this machine's clock right, as far as the kernel knows: {}", kFix)}};
  }
  return {{"clock", Health::good, "follows the network's time"}};
}

Findings check_disk(const settings::Settings& settings) {
  std::error_code error;
  fs::path place = fs::absolute(settings.data_dir, error);
  while (!fs::exists(place, error) && place.has_parent_path() && place != place.parent_path())
    place = place.parent_path();
  const fs::space_info space = fs::space(place, error);
  if (error || space.capacity == 0)
    return {{"disk", Health::warning, fmt::format("the room on {} is not known", place.string())}};
  const std::uintmax_t percent = space.available * 100 / space.capacity;
  const std::string room = fmt::format("{:.1f} GiB ({} %) are free for {}",
                                       static_cast<double>(space.available) / static_cast<double>(kGiB),
                                       percent, settings.data_dir);
  if (space.available >= kGiB && percent >= 5) return {{"disk", Health::good, room}};
  return {{"disk", Health::warning,
           room + ": recordings take two megabytes a minute; make room, set days to keep them, or put them "
                  "into S3 (AWS_S3_BUCKET)"}};
}

Findings check_spool(const settings::Settings& settings) {
  std::error_code error;
  std::uintmax_t rows = 0;
  for (fs::directory_iterator file(fs::path(settings.data_dir) / "spool", error), end; !error && file != end;
       file.increment(error)) {
    std::error_code ignored;
    if (file->is_regular_file(ignored)) rows += count_lines(file->path());
  }
  if (rows == 0) return {{"spool", Health::good, "no row of the call log waits for the database"}};
  return {
      {"spool", Health::warning,
       fmt::format("{} rows of the call log wait for the database: they are written when a server runs and "
                   "the database is there",
                   rows)}};
}

Findings check_open_files(const settings::Settings& settings) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return {{"open files", Health::warning, "their limit is not known"}};
  const rlim_t needed = static_cast<rlim_t>(settings.calls.max) * kFilesOfCall + kFilesOfServer;
  if (limit.rlim_max >= needed)
    return {{"open files", Health::good, fmt::format("enough for {} calls", settings.calls.max)}};
  return {
      {"open files", Health::bad,
       fmt::format("{} are allowed, {} calls need {}: raise the limit (LimitNOFILE= of systemd, ulimit -Hn), "
                   "or lower calls.max",
                   limit.rlim_max, settings.calls.max, needed)}};
}

}  // namespace parley::app
