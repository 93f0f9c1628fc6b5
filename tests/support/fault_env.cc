#include "tests/support/fault_env.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "rocksdb/file_system.h"

namespace pagepulse {
namespace {

namespace fs = std::filesystem;
using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus PowerLost() { return IOStatus::IOError("the test's disk is gone"); }

std::string Normal(const std::string& path) {
  std::string normal = fs::path(path).lexically_normal().string();
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

std::string DirectoryOf(const std::string& path) { return fs::path(path).parent_path().string(); }

}  // namespace

class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  // A file's bytes, under whichever names it has.
  struct Content {
    uint64_t size = 0, synced = 0;
  };

  FaultFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "pagepulse.FaultFileSystem"; }

  void FailFrom(uint64_t k);
  uint64_t operations() const;
  void Crash(uint64_t seed);

  // Counts an operation that changes the disk; false: it must fail. *first: nothing failed before.
  bool Allow(bool* first = nullptr);
  void Appended(Content* content, size_t n);
  void WrittenUpTo(Content* content, uint64_t end);
  void Truncated(Content* content, uint64_t size);
  void Synced(Content* content);
  void SyncedDirectory(const std::string& directory);

  IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                           IODebugContext* dbg) override;
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              IODebugContext* dbg) override;
  IOStatus ReuseWritableFile(const std::string&, const std::string&, const FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*, IODebugContext*) override {
    return IOStatus::NotSupported("files of the log are never reused");
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory,
                        IODebugContext* dbg) override;
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* dbg) override;
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    IODebugContext* dbg) override;
  IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                      IODebugContext* dbg) override;
  IOStatus Truncate(const std::string& path, size_t size, const IOOptions& options,
                    IODebugContext* dbg) override;

 private:
  // A change of a directory that its fsync has not made durable.
  struct Unsynced {
    std::string directory, path;
    std::function<void()> undo;
  };

  std::shared_ptr<Content> ContentOf(const std::string& path);

  mutable std::mutex mutex_;
  uint64_t operations_ = 0, fail_at_ = 0;
  bool failed_ = false;
  std::map<std::string, std::shared_ptr<Content>> contents_;  // others are synced throughout
  std::vector<Unsynced> unsynced_;                            // oldest first
};

namespace {

class FaultFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultFile(FaultFileSystem* system, std::string path,
            std::shared_ptr<FaultFileSystem::Content> content,
            std::unique_ptr<rocksdb::FSWritableFile> file)
      : FSWritableFileOwnerWrapper(std::move(file)),
        system_(*system),
        path_(std::move(path)),
        content_(std::move(content)) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* dbg) override {
    bool first = false;
    const bool allowed = system_.Allow(&first);
    if (!allowed && !first) return PowerLost();
    const Slice written(data.data(), allowed ? data.size() : data.size() / 2);
    const IOStatus status = FSWritableFileOwnerWrapper::Append(written, options, dbg);
    if (status.ok()) system_.Appended(content_.get(), written.size());
    return allowed ? status : PowerLost();
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* dbg) override {
    return Append(data, options, dbg);
  }
  // Past the system's cache, in whole blocks; what it writes again of a last block is what was
  // there.
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            IODebugContext* dbg) override {
    bool first = false;
    const bool allowed = system_.Allow(&first);
    if (!allowed && !first) return PowerLost();
    if (!allowed) {
      // Not by the file itself, which would take the end of the half for its own when it closes.
      std::fstream torn(path_, std::ios::in | std::ios::out | std::ios::binary);
      torn.seekp(static_cast<std::streamoff>(offset));
      torn.write(data.data(), static_cast<std::streamsize>(data.size() / 2));
      return PowerLost();
    }
    const IOStatus status =
        FSWritableFileOwnerWrapper::PositionedAppend(data, offset, options, dbg);
    if (status.ok()) system_.WrittenUpTo(content_.get(), offset + data.size());
    return status;
  }
  IOStatus PositionedAppend(const Slice& data, uint64_t offset, const IOOptions& options,
                            const rocksdb::DataVerificationInfo&, IODebugContext* dbg) override {
    return PositionedAppend(data, offset, options, dbg);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options, IODebugContext* dbg) override {
    if (!system_.Allow()) return PowerLost();
    const IOStatus status = FSWritableFileOwnerWrapper::Truncate(size, options, dbg);
    if (status.ok()) system_.Truncated(content_.get(), size);
    return status;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* dbg) override {
    if (!system_.Allow()) return PowerLost();
    system_.Synced(content_.get());
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    return Sync(options, dbg);
  }

 private:
  FaultFileSystem& system_;
  const std::string path_;
  std::shared_ptr<FaultFileSystem::Content> content_;
};

class FaultDirectory final : public rocksdb::FSDirectory {
 public:
  FaultDirectory(FaultFileSystem* system, std::string path,
                 std::unique_ptr<rocksdb::FSDirectory> directory)
      : system_(*system), path_(std::move(path)), directory_(std::move(directory)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* dbg) override {
    if (!system_.Allow()) return PowerLost();
    system_.SyncedDirectory(path_);
    return IOStatus::OK();
  }
  IOStatus Close(const IOOptions& options, IODebugContext* dbg) override {
    return directory_->Close(options, dbg);
  }
  size_t GetUniqueId(char* id, size_t max_size) const override {
    return directory_->GetUniqueId(id, max_size);
  }

 private:
  FaultFileSystem& system_;
  std::string path_;
  std::unique_ptr<rocksdb::FSDirectory> directory_;
};

}  // namespace

void FaultFileSystem::FailFrom(uint64_t k) {
  std::lock_guard lock(mutex_);
  fail_at_ = k == 0 ? 0 : operations_ + k;
}

uint64_t FaultFileSystem::operations() const {
  std::lock_guard lock(mutex_);
  return operations_;
}

bool FaultFileSystem::Allow(bool* first) {
  std::lock_guard lock(mutex_);
  ++operations_;
  const bool allowed = fail_at_ == 0 || operations_ < fail_at_;
  if (first != nullptr) *first = !allowed && !failed_;
  failed_ = !allowed;
  return allowed;
}

void FaultFileSystem::Appended(Content* content, size_t n) {
  std::lock_guard lock(mutex_);
  content->size += n;
}

void FaultFileSystem::WrittenUpTo(Content* content, uint64_t end) {
  std::lock_guard lock(mutex_);
  content->size = std::max(content->size, end);
}

void FaultFileSystem::Truncated(Content* content, uint64_t size) {
  std::lock_guard lock(mutex_);
  content->size = size;
  content->synced = std::min(content->synced, size);
}

void FaultFileSystem::Synced(Content* content) {
  std::lock_guard lock(mutex_);
  content->synced = content->size;
}

void FaultFileSystem::SyncedDirectory(const std::string& directory) {
  std::lock_guard lock(mutex_);
  std::erase_if(unsynced_, [&](const Unsynced& u) { return u.directory == directory; });
}

std::shared_ptr<FaultFileSystem::Content> FaultFileSystem::ContentOf(const std::string& path) {
  auto& content = contents_[path];
  if (content == nullptr) {
    content = std::make_shared<Content>();
    std::error_code missing;
    const uint64_t size = fs::file_size(path, missing);
    if (!missing) content->size = content->synced = size;
  }
  return content;
}

IOStatus FaultFileSystem::NewWritableFile(const std::string& name, const FileOptions& options,
                                          std::unique_ptr<rocksdb::FSWritableFile>* file,
                                          IODebugContext* dbg) {
  if (!Allow()) return PowerLost();
  const std::string path = Normal(name);
  std::unique_ptr<rocksdb::FSWritableFile> real;
  const IOStatus status = target()->NewWritableFile(path, options, &real, dbg);
  if (!status.ok()) return status;
  std::lock_guard lock(mutex_);
  auto content = std::make_shared<Content>();
  contents_[path] = content;
  unsynced_.push_back({DirectoryOf(path), path, [path] { fs::remove(path); }});
  *file = std::make_unique<FaultFile>(this, path, content, std::move(real));
  return status;
}

IOStatus FaultFileSystem::ReopenWritableFile(const std::string& name, const FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                                             IODebugContext* dbg) {
  if (!Allow()) return PowerLost();
  const std::string path = Normal(name);
  std::unique_ptr<rocksdb::FSWritableFile> real;
  const IOStatus status = target()->ReopenWritableFile(path, options, &real, dbg);
  if (!status.ok()) return status;
  std::lock_guard lock(mutex_);
  *file = std::make_unique<FaultFile>(this, path, ContentOf(path), std::move(real));
  return status;
}

IOStatus FaultFileSystem::NewDirectory(const std::string& name, const IOOptions& options,
                                       std::unique_ptr<rocksdb::FSDirectory>* directory,
                                       IODebugContext* dbg) {
  std::unique_ptr<rocksdb::FSDirectory> real;
  const IOStatus status = target()->NewDirectory(name, options, &real, dbg);
  if (status.ok()) {
    *directory = std::make_unique<FaultDirectory>(this, Normal(name), std::move(real));
  }
  return status;
}

IOStatus FaultFileSystem::RenameFile(const std::string& from_name, const std::string& to_name,
                                     const IOOptions& options, IODebugContext* dbg) {
  if (!Allow()) return PowerLost();
  const std::string from = Normal(from_name), to = Normal(to_name);
  std::optional<std::string> replaced;
  if (std::ifstream old(to, std::ios::binary); old) {
    replaced.emplace(std::istreambuf_iterator<char>(old), std::istreambuf_iterator<char>());
  }
  const IOStatus status = target()->RenameFile(from, to, options, dbg);
  if (!status.ok()) return status;
  std::lock_guard lock(mutex_);
  if (auto node = contents_.extract(from)) {
    contents_[to] = node.mapped();
  } else {
    contents_.erase(to);
  }
  const auto undo = [from, to, replaced] {
    fs::rename(to, from);
    if (replaced) std::ofstream(to, std::ios::binary) << *replaced;
  };
  unsynced_.push_back({DirectoryOf(to), to, undo});
  return status;
}

IOStatus FaultFileSystem::LinkFile(const std::string& from_name, const std::string& to_name,
                                   const IOOptions& options, IODebugContext* dbg) {
  if (!Allow()) return PowerLost();
  const std::string from = Normal(from_name), to = Normal(to_name);
  const IOStatus status = target()->LinkFile(from, to, options, dbg);
  if (!status.ok()) return status;
  std::lock_guard lock(mutex_);
  contents_[to] = ContentOf(from);
  unsynced_.push_back({DirectoryOf(to), to, [to] { fs::remove(to); }});
  return status;
}

// Durable at once: a file that came back would only be one more to ignore.
IOStatus FaultFileSystem::DeleteFile(const std::string& name, const IOOptions& options,
                                     IODebugContext* dbg) {
  if (!Allow()) return PowerLost();
  const std::string path = Normal(name);
  const IOStatus status = target()->DeleteFile(path, options, dbg);
  if (!status.ok()) return status;
  std::lock_guard lock(mutex_);
  contents_.erase(path);
  std::erase_if(unsynced_, [&](const Unsynced& u) { return u.path == path; });
  return status;
}

IOStatus FaultFileSystem::Truncate(const std::string& name, size_t size, const IOOptions& options,
                                   IODebugContext* dbg) {
  if (!Allow()) return PowerLost();
  const std::string path = Normal(name);
  const IOStatus status = target()->Truncate(path, size, options, dbg);
  if (!status.ok()) return status;
  std::shared_ptr<Content> content;
  {
    std::lock_guard lock(mutex_);
    content = ContentOf(path);
  }
  Truncated(content.get(), size);
  return status;
}

void FaultFileSystem::Crash(uint64_t seed) {
  std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  for (const auto& [path, content] : contents_) {
    if (!fs::exists(path)) continue;
    const uint64_t end = content->size - content->synced;
    const uint64_t kept = content->synced + (seed == 0 ? 0 : random() % (end + 1));
    content->size = content->synced = kept;  // the same under its other names
    fs::resize_file(path, kept);
  }
  if (seed == 0) {
    std::for_each(unsynced_.rbegin(), unsynced_.rend(), [](const Unsynced& u) { u.undo(); });
  }
  contents_.clear();
  unsynced_.clear();
  fail_at_ = 0;
  failed_ = false;
}

FaultEnv::FaultEnv()
    : file_system_(std::make_shared<FaultFileSystem>()),
      env_(rocksdb::NewCompositeEnv(file_system_)) {}
FaultEnv::~FaultEnv() = default;

void FaultEnv::FailFrom(uint64_t k) { file_system_->FailFrom(k); }
uint64_t FaultEnv::operations() const { return file_system_->operations(); }
void FaultEnv::Crash(uint64_t seed) { file_system_->Crash(seed); }

}  // namespace pagepulse
