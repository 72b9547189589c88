#include "app/emulated_vendors.hpp"

#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/clock.hpp"
#include "vendor/json.hpp"

namespace parley::app {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kStart = 30s;
constexpr auto kEnd = 5s;
constexpr std::size_t kLongestLine = 64 * 1024;
constexpr std::string_view kMadeUpKey = "mock-key";

fs::path own_program() {
  std::error_code unreadable;
  return fs::read_symlink("/proc/self/exe", unreadable);
}

bool is_emulators(const fs::path& directory) {
  std::error_code ignored;
  return fs::exists(directory / "main.ts", ignored) && fs::exists(directory / "vendors.ts", ignored);
}

void close_both(const std::array<int, 2>& pipe) {
  for (const int fd : pipe) {
    if (fd >= 0) ::close(fd);
  }
}

// What programs need to run at all; nothing that is a secret.
std::vector<std::string> harmless_environment() {
  std::vector<std::string> kept;
  for (const char* name : {"PATH", "HOME", "TMPDIR", "LANG"}) {
    if (const char* value = std::getenv(name)) kept.push_back(fmt::format("{}={}", name, value));
  }
  return kept;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts)
    all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// In a process group of its own: Ctrl-C in a terminal is for the server, which then ends its calls with its
// vendors still there. 0, or an errno.
int spawn(std::vector<std::string> arguments, const fs::path& directory, int in, int out, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> environment = harmless_environment();
  const int code = ::posix_spawnp(&pid, arguments[0].c_str(), &actions, &attributes,
                                  pointers(arguments).data(), pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return code;
}

int milliseconds_until(SteadyTime deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - system_clock().now());
  return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

// False when nothing came in time.
bool wait_readable(int fd, SteadyTime deadline) {
  pollfd ready{fd, POLLIN, 0};
  for (;;) {
    const int count = ::poll(&ready, 1, milliseconds_until(deadline));
    if (count < 0 && errno == EINTR) continue;
    return count > 0;
  }
}

}  // namespace

std::optional<fs::path> find_emulators(const fs::path& program) {
  std::error_code ignored;
  const fs::path here = fs::current_path(ignored);
  for (const fs::path& from : {program.parent_path(), here}) {
    for (fs::path up = from; !up.empty(); up = up.parent_path()) {
      if (is_emulators(up / "tests" / "emulators")) return up / "tests" / "emulators";
      if (up == up.root_path()) break;
    }
  }
  return std::nullopt;
}

Result<EmulatedVendors> EmulatedVendors::start(const Options& options) {
  const fs::path program = own_program();
  std::error_code ignored;
  const auto found =
      options.directory.empty() ? find_emulators(program) : fs::absolute(options.directory, ignored);
  if (!found || !is_emulators(*found)) {
    return fail(Errc::not_found,
                options.directory.empty()
                    ? "the emulated vendors are part of Parley's source: run this inside a checkout, or "
                      "name its tests/emulators with --emulators"
                    : fmt::format("{} does not hold the emulated vendors: name tests/emulators of a checkout",
                                  options.directory.string()));
  }
  const fs::path tests = found->parent_path();
  if (!fs::exists(tests / "node_modules" / "tsx", ignored))
    return fail(Errc::not_found,
                fmt::format("{0}/node_modules is not there: run npm ci in {0}", tests.string()));
  const fs::path worker = program.parent_path() / "parley-speech-worker";
  if (!fs::exists(worker, ignored)) {
    return fail(Errc::not_found,
                fmt::format("{} is not there: build it (scripts/build does)", worker.string()));
  }
  std::vector<std::string> arguments{
      "node", "--import", "tsx", (*found / "main.ts").string(), "--speech-worker", worker.string()};
  if (!options.latency.empty()) arguments.insert(arguments.end(), {"--latency", options.latency});

  std::array<int, 2> input{-1, -1};
  std::array<int, 2> output{-1, -1};
  if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) {
    const int code = errno;
    close_both(input);
    return fail(Errc::io, fmt::format("no pipe to the emulated vendors: {}", std::strerror(code)));
  }
  pid_t pid = -1;
  const int code = spawn(std::move(arguments), tests, input[0], output[1], pid);
  ::close(input[0]);
  ::close(output[1]);
  if (code != 0) {
    ::close(input[1]);
    ::close(output[0]);
    return fail(Errc::not_found,
                fmt::format("the emulated vendors need Node 18 or newer: node: {}", std::strerror(code)));
  }

  EmulatedVendors vendors(pid, input[1], output[0]);
  vendors.directory_ = *found;
  auto line = vendors.first_line();
  if (!line) return fail(std::move(line.error()));
  const auto told = vendor::parse_json_object(*line);
  if (!told) return fail(Errc::protocol, "the emulated vendors did not tell their addresses");
  for (const auto& entry : *told) {
    if (!entry.value().is_object()) continue;
    const std::string http(vendor::string_member(entry.value().get_object(), "http"));
    if (!http.empty()) vendors.addresses_[std::string(entry.key())] = http;
  }
  return vendors;
}

Result<std::string> EmulatedVendors::first_line() const {
  const SteadyTime deadline = system_clock().now() + kStart;
  std::string line;
  while (line.size() < kLongestLine) {
    if (!wait_readable(out_, deadline))
      return fail(Errc::timeout, "the emulated vendors did not start in time");
    std::array<char, 4096> piece{};
    const ssize_t count = ::read(out_, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    // It has said on stderr why.
    if (count <= 0) return fail(Errc::unavailable, "the emulated vendors ended before they served");
    line.append(piece.data(), static_cast<std::size_t>(count));
    if (const auto end = line.find('\n'); end != std::string::npos) return line.substr(0, end);
  }
  return fail(Errc::protocol, "the emulated vendors did not tell their addresses");
}

EmulatedVendors::EmulatedVendors(EmulatedVendors&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      in_(std::exchange(other.in_, -1)),
      out_(std::exchange(other.out_, -1)),
      directory_(std::move(other.directory_)),
      addresses_(std::move(other.addresses_)) {}

EmulatedVendors::~EmulatedVendors() {
  if (pid_ < 0) return;
  ::close(in_);
  // Their stdout closes when they end; what they still say is read away.
  const SteadyTime deadline = system_clock().now() + kEnd;
  std::array<char, 4096> rest{};
  while (wait_readable(out_, deadline) && ::read(out_, rest.data(), rest.size()) > 0) {
  }
  ::close(out_);
  if (system_clock().now() >= deadline) ::kill(-pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void EmulatedVendors::put_into(settings::Settings::Vendors& vendors) const {
  const auto address = [&](const char* name) {
    const auto found = addresses_.find(name);
    return found == addresses_.end() ? std::string() : found->second;
  };
  const std::string openai = address("openai") + "/v1";
  const auto flavour = [&](std::string_view name) {
    // The emulator knows a server compatible with OpenAI by the end of the key.
    return settings::VendorAccess{fmt::format("{}-{}", kMadeUpKey, name), openai};
  };
  const std::string key(kMadeUpKey);
  vendors.deepgram = {key, address("deepgram")};
  vendors.openai = {key, openai};
  vendors.gemini = {key, address("gemini")};
  vendors.elevenlabs = {key, address("elevenlabs")};
  vendors.sarvam = {key, address("sarvam")};
  vendors.brain = {key, address("brain")};
  vendors.azure = {key + "-azure", address("openai")};
  vendors.groq = flavour("groq");
  vendors.openrouter = flavour("openrouter");
  vendors.compatible = {key, openai};
  vendors.ollama = flavour("ollama");
  vendors.vllm = flavour("vllm");
  vendors.llamacpp = flavour("llamacpp");
  vendors.lmstudio = flavour("lmstudio");
}

}  // namespace parley::app
