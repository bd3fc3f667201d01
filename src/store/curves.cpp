#include <cef/store/curves.hpp>

#include <algorithm>

namespace cef::store {

namespace {

void add(Part& part, const Point& point) {
  part.min = part.count == 0 ? point.min : std::min(part.min, point.min);
  part.max = part.count == 0 ? point.max : std::max(part.max, point.max);
  part.sum += point.mean * static_cast<double>(point.count);
  part.count += point.count;
}

class Collector : public MetricStore::Reader {
 public:
  Collector(const MetricStore::Selection& selection, std::size_t parts)
      : since_(selection.since),
        length_(std::max<Time::duration>(selection.until - selection.since, Time::duration(1))),
        parts_(parts),
        series_(selection.series.size()),
        hosts_(selection.hosts.size()),
        curves_(selection.hosts.size() * selection.series.size()) {}

  void value(std::size_t host, std::size_t series, const Point& point) override {
    Curve& curve = curves_[host * series_ + series];
    if (curve.parts.empty()) curve.parts.resize(parts_);
    add(curve.whole, point);
    const double place = static_cast<double>((point.time - since_).count()) / static_cast<double>(length_.count());
    add(curve.parts[std::min(static_cast<std::size_t>(std::max(place, 0.0) * static_cast<double>(parts_)), parts_ - 1)],
        point);
    curve.last = point.last;
    curve.last_time = point.time;
  }
  void presence(std::size_t host, const Presence& presence) override {
    HostCurves& of = hosts_[host];
    of.rounds += presence.rounds;
    of.up += presence.up;
    of.last = presence.time;
    if (presence.up > 0) of.last_up = presence.time;
    of.error = presence.error;
  }

  std::vector<HostCurves> take() {
    for (std::size_t i = 0; i < curves_.size(); ++i) {
      if (curves_[i].whole.count == 0) continue;
      curves_[i].series = i % series_;
      hosts_[i / series_].curves.push_back(std::move(curves_[i]));
    }
    return std::move(hosts_);
  }

 private:
  Time since_;
  Time::duration length_;
  std::size_t parts_, series_;
  std::vector<HostCurves> hosts_;
  std::vector<Curve> curves_;  // of all hosts and series
};

}  // namespace

std::pair<std::string_view, std::string_view> split_series(std::string_view name) {
  const auto bracket = name.find('[');
  if (bracket == std::string_view::npos || !name.ends_with(']')) return {name, {}};
  return {name.substr(0, bracket), name.substr(bracket + 1, name.size() - bracket - 2)};
}

Result<std::vector<HostCurves>> read_curves(const MetricStore& store, const MetricStore::Selection& selection,
                                            std::size_t parts) {
  Collector collector(selection, std::max<std::size_t>(parts, 1));
  if (const auto done = store.read(selection, collector); !done) return Unexpected(done.error());
  return collector.take();
}

}  // namespace cef::store
