#include "ssh_keywords.hpp"

#include <algorithm>
#include <sstream>
#include <vector>

namespace cef::inventory {

namespace {

constexpr const char* known = R"(
addkeystoagent addressfamily batchmode bindaddress bindinterface canonicaldomains canonicalizefallbacklocal
canonicalizehostname canonicalizemaxdots canonicalizepermittedcnames casignaturealgorithms certificatefile
challengeresponseauthentication channeltimeout checkhostip ciphers clearallforwardings compression connectionattempts
connecttimeout controlmaster controlpath controlpersist dynamicforward enableescapecommandline enablesshkeysign
escapechar exitonforwardfailure fingerprinthash forkafterauthentication forwardagent forwardx11 forwardx11timeout
forwardx11trusted gatewayports globalknownhostsfile gssapiauthentication gssapidelegatecredentials hashknownhosts host
hostbasedacceptedalgorithms hostbasedauthentication hostbasedkeytypes hostkeyalgorithms hostkeyalias hostname
identitiesonly identityagent identityfile ignoreunknown include ipqos kbdinteractiveauthentication
kbdinteractivedevices kexalgorithms knownhostscommand localcommand localforward loglevel logverbose macs match
nohostauthenticationforlocalhost numberofpasswordprompts obscurekeystroketiming passwordauthentication
permitlocalcommand permitremoteopen pkcs11provider port preferredauthentications proxycommand proxyjump proxyusefdpass
pubkeyacceptedalgorithms pubkeyacceptedkeytypes pubkeyauthentication refuseconnection rekeylimit remotecommand
remoteforward requesttty requiredrsasize revokedhostkeys securitykeyprovider sendenv serveralivecountmax
serveraliveinterval sessiontype setenv stdinnull streamlocalbindmask streamlocalbindunlink stricthostkeychecking
syslogfacility tag tcpkeepalive tunnel tunneldevice updatehostkeys user userknownhostsfile verifyhostkeydns
versionaddendum visualhostkey warnweakcrypto xauthlocation
afstokenpassing cipher compressionlevel dsaauthentication fallbacktorsh globalknownhostsfile2 identityfile2 keepalive
kerberosauthentication kerberostgtpassing protocol rhostsauthentication rhostsrsaauthentication rsaauthentication
skeyauthentication smartcarddevice tisauthentication useblacklistedkeys useprivilegedport useroaming usersh
userknownhostsfile2
askpassgui gssapiclientidentity gssapikexalgorithms gssapikeyexchange gssapirenewalforcesrekey gssapiserveridentity
gssapitrustdns keychainintegration rsaminsize usekeychain
)";

}  // namespace

std::span<const std::string> ssh_keywords() {
  static const std::vector<std::string> words = [] {
    std::istringstream text(known);
    std::vector<std::string> all;
    for (std::string word; text >> word;) all.push_back(word);
    return all;
  }();
  return words;
}

bool is_ssh_keyword(std::string_view word) { return std::ranges::find(ssh_keywords(), word) != ssh_keywords().end(); }

}  // namespace cef::inventory
