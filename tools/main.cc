#include "tools/commands.h"

int main(int argc, char** argv) { return pagepulse::RunCommandLine(argc, argv); }
