#pragma once

// Decides what of a submission counts, in the order of submissions, and repeats those decisions
// from the log. Everything here is one thread's: the sequencer thread while ingesting, the opening
// thread while replaying. Nothing here waits for a disk but the reads of old facts and replies.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/byte_sink.h"
#include "engine/dead_letters.h"
#include "engine/engine.h"
#include "engine/figure_reducer.h"
#include "engine/group.h"
#include "engine/id_window.h"
#include "engine/jobs.h"
#include "engine/name_resolver.h"
#include "engine/names.h"
#include "engine/reducer.h"
#include "engine/stretch.h"
#include "engine/told_again.h"
#include "engine/undo.h"

namespace pagepulse {

// A record of an event, and its names: two steps, since names come after the decision.
Record MakeRecord(const Event& event);
void SetNames(const EventNames& names, Record* record);

class Sequencer {
 public:
  struct Options {
    bool keep_job_records = true;
    bool keep_rejected_bytes = false;
    NameResolver::ZoneOfPage zone_of_page;                                 // never null
    std::function<AuthoritySet(std::string_view page)> authority_of_page;  // null: none
  };
  Sequencer(const Database& db, Names* names, IdWindow* ids, Jobs* jobs, DeadLetters* dead_letters,
            Figures* figures, Options options);

  // Where decisions go from now on: the stretch that fills, and those sealed before it that the
  // store does not hold yet.
  void SetStretch(std::shared_ptr<Stretch> open, std::vector<std::shared_ptr<Stretch>> sealed);

  // Begins a group: its number in the log and when it arrived.
  void StartGroup(uint64_t sequence, int64_t arrival_ms);
  // Decides one submission into the running group. The reply holds once the group is durable. An
  // error means that the store cannot be read: the engine must stop.
  absl::StatusOr<Reply> Decide(const Submission& submission, uint64_t durable_sequence);
  // The group's log entry; empty if nothing in it needs to be logged.
  std::string FinishGroup();
  // Whether the log must keep the running group for good: it has a job's records.
  bool keeps_group() const { return keeps_group_; }
  size_t group_bytes() const { return group_.size(); }

  // Repeats a group from the log.
  absl::Status Replay(uint64_t sequence, std::string_view bytes);

  const Catalog& catalog() const { return names_; }

 private:
  static constexpr size_t kSliceEvents = 128;  // what they need stays in a core's cache

  bool StoredAnswer(const IdempotencyKey& key, uint64_t durable_sequence, Reply* reply,
                    absl::Status* error);
  absl::Status DecideBatch(const Submission& submission, const EventBatch& batch, Reply* reply);
  absl::Status LookAt(absl::Span<const Event> slice);
  // What was found of an event when its slice was looked at.
  struct Found {
    const IdWindow::Place& id;
    EventNames names;  // those that were known
    Fact* fact;        // of an event that is followed and was not known; else nullptr
  };
  absl::Status DecideEvent(const Submission& submission, const Event& event, Found found,
                           Reply* reply);
  void Reject(const Submission& submission, const Rejection& rejection, Reply* reply);

  void CountGroup(size_t bytes);
  // Adds a section to the group and takes it in, as Replay does.
  absl::Status Emit(Section tag, std::string_view payload);

  // --- sequencer_figures.cc: what platforms report.
  // Whether the platform's reports make what the event would count.
  bool IsOverruled(const Event& event, uint32_t page) const;
  absl::Status DecideFigure(const Submission& submission, const ReportedFigure& said, Reply* reply);
  absl::Status ReplayFigures(uint32_t job, std::string_view figures);
  absl::Status AddName(const NameEntry& entry);

  // --- sequencer_replay.cc: taking in what was decided.
  absl::Status TakeIn(Section tag, std::string_view payload);
  absl::Status ReplayRecords(std::string_view payload);
  // The facts of a section's records, in their order.
  absl::Status LoadFactsOf(std::string_view records);

  // --- sequencer_undo.cc: what is told again, and what an undo takes out.
  bool NotesToldAgain() const { return jobs_.NextNumber() > 1; }  // there is a job
  absl::Status NoteDuplicate(const Submission& submission, const Event& event);
  void NoteFact(const Record& record, uint32_t job);
  absl::Status TakeInToldAgain(std::string_view told);
  absl::StatusOr<Reply> DecideUndo(const UndoStep& step);
  absl::Status UndoSection(const UndoStep& step, UndoCounts* counts);
  bool ToldByOthers(const UndoStep& step, const Record& record, std::vector<ToldAgain>* told) const;
  absl::Status EmitUndo(uint32_t job, const UndoState& state);
  absl::Status TakeInUndo(std::string_view payload);
  absl::Status Withdraw(std::string_view payload, UndoCounts* counts);
  absl::Status BringBack(const UndoHeader& header, absl::Span<const ToldAgain> told);
  void CountInstead(const UndoHeader& header, Fact* fact, Record* record);
  absl::Status ReplayBroughtBack(std::string_view payload);

  const Database& db_;
  Names& names_;
  IdWindow& ids_;
  Jobs& jobs_;
  DeadLetters& dead_letters_;
  const bool keep_job_records_, keep_rejected_bytes_;
  NameResolver resolver_;
  Reducer reducer_;
  const Figures& figures_;
  FigureReducer figure_reducer_;
  const std::function<AuthoritySet(std::string_view page)> authority_of_page_;

  std::shared_ptr<Stretch> open_;
  std::vector<std::shared_ptr<Stretch>> sealed_;
  uint64_t sequence_ = 0;
  int64_t arrival_ms_ = 0;
  std::vector<uint64_t>* hour_ids_ = nullptr;  // of the open stretch, for the group's hour
  GroupBuilder group_{0};
  bool keeps_group_ = false;
  uint32_t held_job_ = 0;  // takes no step: UndoStep::kHold; 0: none
  // While an undo runs: what was told again since it began.
  std::optional<ToldAgainIndex> told_since_;

  // Reused from one to the next. Of a submission:
  uint32_t job_ = 0;  // whose it is; 0: none
  ByteSink records_;
  std::string told_again_, figure_records_, payload_;
  // Of a slice of a batch's events:
  std::array<uint64_t, kSliceEvents> fingerprints_;
  std::array<IdWindow::Place, kSliceEvents> places_;
  std::array<EventNames, kSliceEvents> names_found_;
  std::vector<Hash128> identities_;  // of events that are followed and not known
  std::vector<Fact*> facts_;         // of identities_
};

}  // namespace pagepulse
