#include "made.hpp"

#include <cef/models/archive.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace archive_tests {

using namespace cef::models;
using cef::Code;
using cef::testing::make_tree;
using cef::testing::python;
using cef::testing::shell;
using cef::testing::TempDir;
using Type = ArchiveEntry::Type;

namespace {

const std::atomic<bool> never{false};

std::map<std::string, ArchiveEntry> by_path(const Listing& listing) {
  std::map<std::string, ArchiveEntry> entries;
  for (const ArchiveEntry& entry : listing.entries) entries[entry.path] = entry;
  return entries;
}

std::string told(const cef::Result<std::optional<Listing>>& read) {
  return read ? "no error" : fmt::format("{}: {}", cef::name_of(read.error().code), read.error().message);
}

}  // namespace

TEST_CASE("an archive is known by its content, whoever made it and whatever it is called", "[archive]") {
  struct Case {
    const char* format;
    const char* command;
    bool keeps_links = true;
  };
  const auto c = GENERATE(values<Case>({
      {"zip", "cd src && zip -qry ../made ."},
      {"zip", "cd src && zip -qry -0 ../made ."},
      {"zip", "bsdtar --format zip -cf made -C src ."},
      {"zip", "cd src && python3 -m zipfile -c ../made Dockerfile run.sh nothing sub current", false},
      {"zip", "cd src && zip -qry - . >../made"},  // sizes stand behind the bytes
      {"tar", "tar -cf made -C src ."},
      {"tar", "bsdtar --format ustar -cf made -C src ."},
      {"tar", "cd src && python3 -m tarfile -c ../made Dockerfile run.sh nothing sub current"},
      {"tar.gz", "tar -czf made -C src ."},
      {"tar.xz", "tar -cJf made -C src ."},
      {"tar.zst", "tar --zstd -cf made -C src ."},
      {"tar.bz2", "tar -cjf made -C src ."},
  }));
  DYNAMIC_SECTION(c.command) {
    const TempDir folder;
    make_tree(folder.path());
    shell(folder.path(), "(" + std::string(c.command) + ")\n[ -e made ] || mv made.* made");
    const auto read = read_archive(folder / "made", {});
    INFO(told(read));
    REQUIRE(read);
    REQUIRE(*read);
    CHECK((*read)->format == c.format);
    const auto entries = by_path(**read);
    CHECK(entries.at("sub/weights.bin").size == 300000);
    CHECK(entries.at("sub/zeros.bin").size == 100000);
    CHECK(entries.at("sub/größe und mehr.txt").size == 1);
    CHECK(entries.at("nothing").size == 0);
    CHECK(entries.at("Dockerfile").type == Type::file);
    CHECK(entries.at("sub/empty").type == Type::folder);
    if (c.keeps_links) {
      CHECK(entries.at("current").type == Type::symlink);
      CHECK(entries.at("current").target == "sub/weights.bin");
      CHECK(entries.at("sub/up").target == "../run.sh");
      CHECK((*read)->files == 8);
      CHECK((*read)->unpacked_bytes == 400024);
    }
  }
}

TEST_CASE("zip64 and names of Windows are understood", "[archive]") {
  const TempDir folder;
  python(folder.path(), R"(
with zipfile.ZipFile("big", "w") as z:
    with z.open("a", "w", force_zip64=True) as f: f.write(b"x" * 10)
with zipfile.ZipFile("many", "w") as z:
    for i in range(66000): z.writestr("f%d" % i, b"")
i = zipfile.ZipInfo("x"); i.create_system = 0; i.filename = "dir\\file.txt"
with zipfile.ZipFile("windows", "w") as z: z.writestr(i, b"x")
)");
  const auto big = read_archive(folder / "big", {});
  REQUIRE(big);
  CHECK((*big)->unpacked_bytes == 10);
  const auto many = read_archive(folder / "many", {});
  REQUIRE(many);
  CHECK((*many)->entries.size() == 66000);
  const auto windows = read_archive(folder / "windows", {});
  REQUIRE(windows);
  CHECK((*windows)->entries.at(0).path == "dir/file.txt");
}

TEST_CASE("what is no archive is none", "[archive]") {
  const TempDir folder;
  shell(folder.path(), R"(
    : >made-empty
    head -c 40000 /dev/zero >made-zeros
    head -c 40000 /dev/urandom >made-random
    printf 'just text\n' >made-text
    gzip -c made-random >made-gz
    tar -cf made-nothing -T /dev/null
  )");
  for (const char* name : {"made-empty", "made-zeros", "made-random", "made-text", "made-gz", "made-nothing"}) {
    CAPTURE(name);
    const auto read = read_archive(folder / name, {});
    INFO(told(read));
    REQUIRE(read);
    CHECK_FALSE(*read);
  }
  CHECK(read_archive(folder / "not-there", {}).error().code == Code::io_failed);
  CHECK(read_archive(folder.path(), {}).error().code == Code::io_failed);
}

TEST_CASE("what would harm a host is refused, and the entry is named", "[archive]") {
  struct Case {
    const char* what;
    const char* script;
    const char* message;
  };
  const auto c = GENERATE(values<Case>({
      {"a name that climbs", "t.add('../out')", "'../out' climbs out"},
      {"one that climbs in the middle", "t.add('a/../../out')", "climbs out"},
      {"a name that is absolute", "t.add('/etc/cron.d/x')", "has an absolute path"},
      {"a drive", "t.add('C:/x')", "has an absolute path"},
      {"a link to an absolute path", "t.link('l', '/etc')", "is a link to an absolute path"},
      {"a link out", "t.link('l', '..')", "is a link out of the tree"},
      {"a link out of a folder", "t.link('d/l', '../../x')", "is a link out of the tree"},
      {"a link that climbs late", "t.link('x', '.'); t.link('y', 'x/..')", "'y' is a link out of the tree"},
      {"a file through a link", "t.link('d', 'e'); t.add('d/file')", "'d/file' stands below a symlink"},
      {"a file through a file", "t.add('d'); t.add('d/file')", "'d/file' stands below a file"},
      {"a link in a file's place", "t.add('d/f'); t.link('d', 'e')", "'d' stands there twice"},
      {"a name twice", "t.add('f'); t.add('./f')", "'f' stands there twice"},
      {"a hard link out", "t.hard('h', '/etc/passwd')", "is a hard link to what is no file before it"},
      {"a hard link that climbs", "t.hard('h', '../x')", "is a hard link to what is no file before it"},
      {"a hard link to a symlink", "t.link('l', 'x'); t.hard('h', 'l')", "is a hard link to what is no file"},
      {"a device", "t.special('null', tarfile.CHRTYPE)", "is a device, a pipe or a socket"},
      {"a pipe", "t.special('p', tarfile.FIFOTYPE)", "is a device, a pipe or a socket"},
      {"set-uid", "t.add('su', 0o4755)", "is set-uid or set-gid"},
      {"set-gid", "t.add('sg', 0o2755)", "is set-uid or set-gid"},
      {"a name that is too long", "t.add('x' * 256)", "has too long a name"},
      {"a file without a name", "t.add('.')", "has no name"},
      {"a name for terminals", "t.add('\\x1b[2Jx/../../y')", R"(\x1b[2Jx)"},
  }));
  DYNAMIC_SECTION(c.what) {
    const TempDir folder;
    python(folder.path(), fmt::format(R"(
class T:
    def __init__(self): self.f = tarfile.open("made", "w")
    def put(self, name, kind, mode=0o644, target="", data=b""):
        i = tarfile.TarInfo(name); i.type = kind; i.mode = mode; i.linkname = target; i.size = len(data)
        self.f.addfile(i, io.BytesIO(data))
    def add(self, name, mode=0o644): self.put(name, tarfile.REGTYPE, mode, data=b"data")
    def link(self, name, target): self.put(name, tarfile.SYMTYPE, target=target)
    def hard(self, name, target): self.put(name, tarfile.LNKTYPE, target=target)
    def special(self, name, kind): self.put(name, kind)
t = T()
t.add("good")
{}
t.f.close()
)",
                                      c.script));
    const auto read = read_archive(folder / "made", {});
    INFO(told(read));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::unpack_failed);
    CHECK(read.error().message.find(c.message) != std::string::npos);
    CHECK(read.error().message.find('\x1b') == std::string::npos);
    CHECK_FALSE(to_tar_gz(folder / "made", folder / "anew", {}, never));
  }
}

TEST_CASE("a hostile zip is refused as well", "[archive]") {
  const TempDir folder;
  python(folder.path(), R"(
with zipfile.ZipFile("climbs", "w") as z: z.writestr("../../etc/x", b"x")
i = zipfile.ZipInfo("l"); i.create_system = 3; i.external_attr = (stat.S_IFLNK | 0o777) << 16
with zipfile.ZipFile("link", "w") as z: z.writestr(i, b"/etc/passwd")
i = zipfile.ZipInfo("x"); i.create_system = 0; i.filename = "..\\..\\x"
with zipfile.ZipFile("windows", "w") as z: z.writestr(i, b"x")
)");
  for (const char* name : {"climbs", "link", "windows"}) {
    CAPTURE(name);
    const auto read = read_archive(folder / name, {});
    INFO(told(read));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::unpack_failed);
  }
}

TEST_CASE("an encrypted archive is refused", "[archive]") {
  const TempDir folder;
  shell(folder.path(), R"(
    printf secret >f
    zip -q -P word old f && mv old.zip old
    bsdtar --format zip --options zip:encryption=aes256 --passphrase word -cf aes f
  )");
  for (const char* name : {"old", "aes"}) {
    CAPTURE(name);
    const auto read = read_archive(folder / name, {});
    INFO(told(read));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::unpack_failed);
    CHECK(read.error().message == "the entry 'f' is encrypted");
  }
}

TEST_CASE("what grows too large is refused before it is unpacked", "[archive]") {
  const TempDir folder;
  shell(folder.path(), R"(
    head -c 30000000 /dev/zero >zeros
    zip -q bomb zeros
    tar -czf bomb.tgz zeros
    truncate -s 100G sparse
    tar -Scf sparse.tar sparse
    rm sparse
    for i in 1 2 3 4 5; do : >f$i; done
    tar -cf many.tar f1 f2 f3 f4 f5
  )");
  ArchiveLimits limits;
  limits.max_unpacked = 20'000'000;
  const auto refused = [&](const char* name) {
    const auto read = read_archive(folder / name, limits);
    INFO(told(read));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::unpack_failed);
    return read.error().message;
  };
  CHECK(refused("bomb.zip").starts_with("it unpacks to more than 20000000 bytes"));
  CHECK(refused("bomb.tgz").starts_with("it unpacks to more than 20000000 bytes"));
  CHECK(refused("sparse.tar").starts_with("it unpacks to more than 20000000 bytes"));
  limits = {};
  limits.ratio_free = 10'000'000;
  CHECK(refused("bomb.zip").starts_with("it unpacks to more than 200 times its size"));
  CHECK(refused("bomb.tgz").starts_with("it unpacks to more than 200 times its size"));
  limits.max_ratio = 2000;
  CHECK(read_archive(folder / "bomb.zip", limits));
  limits.max_entries = 4;
  CHECK(refused("many.tar") == "it holds more than 4 entries");
}

TEST_CASE("a zip that says less than it holds is found out", "[archive]") {
  const TempDir folder;
  // 1000 bytes, as its table says, are in truth 3000000.
  python(folder.path(), R"(
with zipfile.ZipFile("made", "w", zipfile.ZIP_DEFLATED) as z: z.writestr("f", b"\0" * 3000000)
data = open("made", "rb").read().replace(struct.pack("<I", 3000000), struct.pack("<I", 1000))
open("made", "wb").write(data)
)");
  ArchiveLimits limits;
  limits.max_unpacked = 1'000'000;
  const auto read = read_archive(folder / "made", limits);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::unpack_failed);
}

TEST_CASE("a damaged archive is refused", "[archive]") {
  const TempDir folder;
  make_tree(folder.path());
  shell(folder.path(), R"(
    (cd src && zip -qry ../whole.zip .)
    tar -czf whole.tgz -C src .
    tar -cJf whole.txz -C src .
    for f in zip tgz txz; do head -c 150000 whole.$f >cut.$f; done
    cp whole.zip flipped.zip
    printf 'XXXX' | dd of=flipped.zip bs=1 seek=200000 conv=notrunc status=none
  )");
  for (const char* name : {"cut.zip", "cut.tgz", "cut.txz", "flipped.zip"}) {
    CAPTURE(name);
    const auto read = read_archive(folder / name, {});
    INFO(told(read));
    REQUIRE_FALSE(read);
    CHECK(read.error().code == Code::unpack_failed);
    CHECK(read.error().message.starts_with("the archive is damaged: "));
  }
}

TEST_CASE("an archive becomes a tar.gz that holds the same, and always the same bytes", "[archive]") {
  const auto command = GENERATE(values<const char*>({"(cd src && zip -qry ../made.zip .) && mv made.zip made",
                                                     "tar -cJf made -C src .", "tar --zstd -cf made -C src ."}));
  DYNAMIC_SECTION(command) {
    const TempDir folder;
    make_tree(folder.path());
    shell(folder.path(), command);
    REQUIRE(to_tar_gz(folder / "made", folder / "anew", {}, never));
    REQUIRE(to_tar_gz(folder / "made", folder / "again", {}, never));
    shell(folder.path(), R"sh(
      cmp anew again
      mkdir gnu busybox
      tar -xzf anew -C gnu
      gzip -dc anew | busybox tar -xof - -C busybox
      for by in gnu busybox; do
        diff -r src $by
        [ -x $by/run.sh ]
        [ "$(readlink $by/current)" = sub/weights.bin ]
        [ -d $by/sub/empty ]
      done
    )sh");
    const auto before = read_archive(folder / "made", {}), after = read_archive(folder / "anew", {});
    REQUIRE(before);
    REQUIRE(after);
    CHECK((*after)->format == "tar.gz");
    CHECK((*after)->files == (*before)->files);
    CHECK((*after)->unpacked_bytes == (*before)->unpacked_bytes);
  }
}

}  // namespace archive_tests
