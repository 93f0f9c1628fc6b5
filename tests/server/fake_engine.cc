#include "tests/server/fake_engine.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/error.h"

namespace pagepulse {
namespace {

HashKey TestKey() {
  std::string raw(HashKey::kBytes, '\0');
  for (size_t i = 0; i < raw.size(); ++i) raw[i] = static_cast<char>(i * 7 + 3);
  return *HashKey::FromBytes(raw);
}

}  // namespace

FakeEngine::FakeEngine() : key_(TestKey()) {
  catalog_.AddPage(kPage, "Asia/Ho_Chi_Minh");
  catalog_.AddPage(kOtherPage, "Asia/Ho_Chi_Minh");
}

FakeEngine::~FakeEngine() {
  Release();
  thread_.join();
}

void FakeEngine::Hold() {
  MutexLock lock(&mutex_);
  holding_ = true;
}

void FakeEngine::Release() {
  std::deque<Work> work;
  {
    MutexLock lock(&mutex_);
    holding_ = false;
    work.swap(held_);
  }
  for (Work& one : work) Run(std::move(one));
}

void FakeEngine::Submit(Submission submission, absl::AnyInvocable<void(Reply)> done) {
  Work work(std::move(submission), std::move(done));
  std::optional<Outcome> refusal;
  if (unavailable) refusal = Outcome::kUnavailable;
  {
    MutexLock lock(&mutex_);
    Look(work.first);
    if (work.first.key && !refusal) {
      const auto [it, fresh] =
          keys_.try_emplace(work.first.key->key, work.first.key->body, std::nullopt);
      if (!fresh && it->second.first != work.first.key->body) {
        refusal = Outcome::kKeyReused;
      } else if (!fresh && !it->second.second) {
        refusal = Outcome::kKeyInFlight;
      }
    }
    if (!refusal && holding_) {
      held_.push_back(std::move(work));
      return;
    }
  }
  if (!refusal) return Run(std::move(work));
  Reply reply;
  reply.outcome = *refusal;
  boost::asio::post(thread_, [done = std::move(work.second), reply]() mutable { done(reply); });
}

void FakeEngine::Run(Work work) {
  boost::asio::post(thread_, [this, work = std::move(work)]() mutable {
    Reply reply;
    {
      MutexLock lock(&mutex_);
      reply = Count(work.first);
    }
    work.second(std::move(reply));
  });
}

void FakeEngine::Look(const Submission& submission) {
  Seen seen;
  for (const EventBatch& batch : submission.batches) {
    for (const Event& event : batch.events) {
      seen.pages.emplace_back(event.page);
      seen.lines.push_back(event.line);
    }
    seen.ignored += batch.ignored;
  }
  seen.key = submission.key;
  seen.job = submission.job;
  seen.token = submission.token;
  if (submission.caps != nullptr) seen.caps = *submission.caps;
  seen.bytes = submission.bytes;
  seen_.push_back(std::move(seen));
}

Reply FakeEngine::Count(const Submission& submission) {
  if (submission.key) {
    const auto& stored = keys_.at(submission.key->key).second;
    if (stored) return *stored;
  }
  Reply reply;
  JobFile* file = nullptr;
  if (submission.job) {
    const JobStep& step = *submission.job;
    std::vector<JobFile>& files = jobs_[step.job];
    const auto it = std::find_if(files.begin(), files.end(), [&](const JobFile& f) {
      return f.file == step.file && f.ordinal == step.ordinal;
    });
    file = it == files.end() ? &files.emplace_back(JobFile{.file = step.file}) : &*it;
    if (file->position != step.from) {
      reply.outcome = Outcome::kWrongPosition;
      return reply;
    }
    file->ordinal = step.ordinal;
    file->file_name = step.file_name;
    file->position = step.to;
    file->lines = step.lines;
    file->options = step.options;
    file->digest = step.digest;
  }
  for (const EventBatch& batch : submission.batches) {
    reply.received += batch.received();
    reply.rejected += batch.rejections.size();
    reply.ignored += batch.ignored;
    for (const Rejection& rejection : batch.rejections) {
      if (reply.errors.size() < Reply::kMaxErrors) {
        reply.errors.push_back({rejection.line, rejection.code});
      }
      RejectedLine& line = rejected_.emplace_back();
      line.origin = "http";
      line.line = rejection.line;
      line.code = rejection.code;
      line.format = submission.format;
      line.token = submission.token;
      line.page = rejection.page;
    }
    for (const Event& event : batch.events) {
      if (event.has_id && !ids_.emplace(event.page, event.id_fingerprint).second) {
        ++reply.duplicate;
        continue;
      }
      ++reply.accepted;
      ++counted_;
      const std::optional<uint32_t> page = catalog_.FindPage(event.page);
      if (!page || event.type != EventType::kView) continue;
      Delta delta;
      delta.page = *page;
      delta.minute = static_cast<uint32_t>(event.ts_ms / 60'000);
      delta.count = event.count;
      delta.counter = kViews;
      deltas_.push_back(delta);
    }
  }
  if (file != nullptr) {
    file->accepted += reply.accepted;
    file->duplicate += reply.duplicate;
    file->rejected += reply.rejected;
  }
  ++published_;
  if (submission.key) keys_.at(submission.key->key).second = reply;
  return reply;
}

std::vector<FakeEngine::Seen> FakeEngine::seen() const {
  MutexLock lock(&mutex_);
  return seen_;
}

uint64_t FakeEngine::counted() const {
  MutexLock lock(&mutex_);
  return counted_;
}

size_t FakeEngine::held() const {
  MutexLock lock(&mutex_);
  return held_.size();
}

std::vector<JobFile> FakeEngine::JobFiles(std::string_view job) const {
  MutexLock lock(&mutex_);
  const auto it = jobs_.find(job);
  return it == jobs_.end() ? std::vector<JobFile>() : it->second;
}

std::vector<JobSummary> FakeEngine::ListJobs() const {
  MutexLock lock(&mutex_);
  std::vector<JobSummary> list;
  for (const auto& [name, files] : jobs_) {
    JobSummary& job = list.emplace_back();
    job.name = name;
    job.files = files.size();
    for (const JobFile& file : files) job.accepted += file.accepted;
  }
  return list;
}

absl::StatusOr<UndoReport> FakeEngine::UndoJob(std::string_view job, std::chrono::milliseconds) {
  MutexLock lock(&mutex_);
  const auto it = jobs_.find(job);
  if (it == jobs_.end()) {
    return MakeError(absl::StatusCode::kNotFound, "unknown_job", "there is no such job");
  }
  UndoReport report;
  for (const JobFile& file : it->second) report.counts.events += file.accepted;
  report.shared.push_back({"p", "q", "view", 1'759'276'800'000, "live"});
  it->second.clear();
  return report;
}

std::vector<RejectedLine> FakeEngine::RejectedLines() const {
  MutexLock lock(&mutex_);
  return rejected_;
}

std::shared_ptr<const Cut> FakeEngine::TakeCut() const {
  auto cut = std::make_shared<FakeCut>(catalog_);
  MutexLock lock(&mutex_);
  cut->Open(deltas_);
  return cut;
}

std::vector<PostView> FakeEngine::Posts(uint32_t page) const {
  return page == 1 ? posts : std::vector<PostView>();
}

}  // namespace pagepulse
