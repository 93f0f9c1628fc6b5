#include "tools/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace pagepulse {
namespace {

template <typename Call>
ssize_t Uninterrupted(Call call) {
  ssize_t n;
  do {
    n = call();
  } while (n < 0 && errno == EINTR);
  return n;
}

}  // namespace

InputFile::~InputFile() {
  if (direct_fd_ >= 0) close(direct_fd_);
  if (fd_ != STDIN_FILENO) close(fd_);
}

ssize_t InputFile::Read(char* to, size_t size) {
  const ssize_t n = ReadSome(to, size);
  if (n > 0) position_ += static_cast<uint64_t>(n);
  return n;
}

ssize_t InputFile::ReadSome(char* to, size_t size) {
  if (!regular_) return Uninterrupted([&] { return read(fd_, to, size); });
  if (ready_.empty() && position_ >= judged_until_) {
    const uint64_t from = position_ / kBlock * kBlock;
    judged_until_ = from + kStretchBytes;
    past_cache_ = !never_direct_ && !IsCached(static_cast<off_t>(from));
  }
  if (ready_.empty() && past_cache_) past_cache_ = FillWindow();
  if (!ready_.empty()) {
    const size_t n = ready_.copy(to, size);
    ready_.remove_prefix(n);
    return static_cast<ssize_t>(n);
  }
  size = std::min<uint64_t>(size, judged_until_ - position_);
  return Uninterrupted([&] { return pread(fd_, to, size, static_cast<off_t>(position_)); });
}

// Whether half of the stretch or more is. Where it is not this user's to know, and behind the end,
// the cache's way is taken.
bool InputFile::IsCached(off_t from) const {
  struct stat info = {};
  if (fstat(fd_, &info) != 0 || info.st_size <= from) return true;
  const auto bytes = std::min<uint64_t>(kStretchBytes, static_cast<uint64_t>(info.st_size - from));
  void* const mapped = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd_, from);
  if (mapped == MAP_FAILED) return true;
  std::vector<unsigned char> resident((bytes + kBlock - 1) / kBlock);
  const bool known = mincore(mapped, bytes, resident.data()) == 0;
  munmap(mapped, bytes);
  const auto is_resident = [](unsigned char page) { return (page & 1) != 0; };
  const auto cached = std::count_if(resident.begin(), resident.end(), is_resident);
  return !known || 2 * static_cast<size_t>(cached) >= resident.size();
}

// False where nothing came, at the end or by a fault: the cache's way then tells which.
bool InputFile::FillWindow() {
  if (window_ == nullptr) {
    window_.reset(static_cast<char*>(std::aligned_alloc(kBlock, kWindowBytes)));
    // By its descriptor, for the name may be another file's by now.
    direct_fd_ =
        open(fmt::format("/proc/self/fd/{}", fd_).c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  }
  const uint64_t before = position_ % kBlock;
  const auto from = static_cast<off_t>(position_ - before);
  const ssize_t n =
      Uninterrupted([&] { return pread(direct_fd_, window_.get(), kWindowBytes, from); });
  never_direct_ = n < 0;
  if (n <= static_cast<ssize_t>(before)) return false;
  ready_ = std::string_view(window_.get(), static_cast<size_t>(n)).substr(before);
  return true;
}

}  // namespace pagepulse
