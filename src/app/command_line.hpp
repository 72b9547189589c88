// The program's commands: `parley serve`, `parley call`, `parley calls …`.
#pragma once

namespace parley::app {

// Returns the exit code: 0 went well, 1 it did not (one line on stderr says why and what to do), 2 wrong
// usage.
int run_command_line(int argc, char** argv);

}  // namespace parley::app
