#include <malloc.h>

#include "tools/commands.h"

int main(int argc, char** argv) {
  // Blocks of a megabyte come and go all the time; memory that goes back to the system costs a page
  // fault for every 4 KiB when it comes again.
  mallopt(M_MMAP_THRESHOLD, 512 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
  mallopt(M_TOP_PAD, 16 << 20);
  return pagepulse::RunCommandLine(argc, argv);
}
