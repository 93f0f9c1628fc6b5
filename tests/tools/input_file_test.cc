#include "tools/input_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <random>
#include <string>

#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace pagepulse {
namespace {

void Append(const std::string& path, std::string_view bytes) {
  const int fd = open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  ASSERT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  ASSERT_EQ(fsync(fd), 0);
  close(fd);
}

// Takes a part of the file out of the system's cache.
void Forget(const std::string& path, off_t from, off_t size) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(posix_fadvise(fd, from, size, POSIX_FADV_DONTNEED), 0);
  close(fd);
}

bool IsCached(const std::string& path, off_t at) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  void* const mapped = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, fd, at);
  unsigned char resident = 0;
  EXPECT_EQ(mincore(mapped, 4096, &resident), 0);
  munmap(mapped, 4096);
  close(fd);
  return (resident & 1) != 0;
}

std::string Random(size_t size, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string bytes(size, 0);
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

std::string ReadAll(InputFile* file, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string all;
  for (;;) {
    std::string some(1 + random() % (random() % 2 ? 100 : 300'000), 0);
    const ssize_t n = file->Read(some.data(), some.size());
    EXPECT_GE(n, 0);
    if (n <= 0) break;
    all.append(some, 0, static_cast<size_t>(n));
    EXPECT_EQ(file->position(), all.size());
  }
  return all;
}

TEST(InputFile, GivesEveryByteWhateverIsCached) {
  TempDir dir;
  unsigned seed = 0;
  for (const size_t size : {0ul, 1ul, 4095ul, 4096ul, 4097ul, 1ul << 20, 3'500'001ul}) {
    const std::string path = dir / std::to_string(size), bytes = Random(size, ++seed);
    Append(path, bytes);
    for (const off_t forgotten : {0l, 1l, 3l}) {  // none of it, all, every third 64 KiB
      if (forgotten == 1) Forget(path, 0, 0);
      for (off_t at = 0; forgotten == 3 && at < static_cast<off_t>(size); at += 3 << 16) {
        Forget(path, at, 1 << 16);
      }
      InputFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC), true);
      EXPECT_TRUE(ReadAll(&file, ++seed) == bytes) << size << " " << forgotten;
    }
  }
}

TEST(InputFile, GoesOnWhereAFileHasGrown) {
  TempDir dir;
  const std::string path = dir / "log", first = Random(100'001, 1), second = Random(50'000, 2);
  Append(path, first);
  Forget(path, 0, 0);
  InputFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC), true);
  EXPECT_TRUE(ReadAll(&file, 3) == first);
  Append(path, second);
  std::string some(second.size(), 0);
  ASSERT_EQ(file.Read(some.data(), some.size()), static_cast<ssize_t>(some.size()));
  EXPECT_TRUE(some == second);
}

TEST(InputFile, LeavesTheCacheAsItWas) {
  TempDir dir;
  const std::string path = dir / "history", bytes = Random(4 << 20, 1);
  Append(path, bytes);
  Forget(path, 0, 0);
  if (IsCached(path, 1 << 20)) GTEST_SKIP() << "this file system forgets nothing";
  InputFile file(open(path.c_str(), O_RDONLY | O_CLOEXEC), true);
  EXPECT_TRUE(ReadAll(&file, 2) == bytes);
  EXPECT_FALSE(IsCached(path, 1 << 20));
}

TEST(InputFile, ReadsAPipe) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "some", 4), 4);
  close(ends[1]);
  InputFile file(ends[0], false);
  EXPECT_EQ(ReadAll(&file, 1), "some");
}

TEST(InputFile, SaysWhatCannotBeRead) {
  TempDir dir;
  InputFile directory(open((dir / ".").c_str(), O_RDONLY | O_CLOEXEC), true);
  char byte;
  EXPECT_EQ(directory.Read(&byte, 1), -1);
  EXPECT_EQ(errno, EISDIR);
}

}  // namespace
}  // namespace pagepulse
