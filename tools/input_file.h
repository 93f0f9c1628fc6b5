#pragma once

// A file that is read from its beginning to its end. What the system's file cache holds is taken
// from there, the rest is read past it: fresh memory for that cache costs as much as parsing what
// it then holds, and history that is read once would push out what is read often.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace pagepulse {

// One thread at a time.
class InputFile {
 public:
  // Owns the descriptor, except standard input's. regular: it is a file on a disk, not a pipe.
  InputFile(int fd, bool regular) : fd_(fd), regular_(regular) {}
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  // As read(2): up to `size` of the next bytes, 0 at the end (and more later, if the file grows),
  // -1 and errno.
  ssize_t Read(char* to, size_t size);

  bool regular() const { return regular_; }
  uint64_t position() const { return position_; }

 private:
  static constexpr size_t kBlock = 4096, kWindowBytes = 1 << 20;
  // So much is judged at once: far more than a read of cached bytes draws into the cache behind it.
  static constexpr size_t kStretchBytes = 64 << 20;

  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };

  ssize_t ReadSome(char* to, size_t size);
  bool IsCached(off_t from) const;
  bool FillWindow();

  const int fd_;
  const bool regular_;
  uint64_t position_ = 0;
  uint64_t judged_until_ = 0;
  bool past_cache_ = false;    // until judged_until_
  bool never_direct_ = false;  // the file system refuses
  int direct_fd_ = -1;         // the same file, past the cache
  std::unique_ptr<char, Free> window_;
  std::string_view ready_;  // of window_: what comes at position_
};

}  // namespace pagepulse
