"""Programs that talk to other machines: options that name files of options, programs or scripts."""

from __future__ import annotations

from gitflow.definitions.shell.options import row

ROWS = [
    *row(
        "curl",
        "D",
        """
        -0123456aBfgGiIjJkLlMnNOpqRsSvVZ# -K$ -o: -AbcCdDeEFhHmPQrtTuUwxXyYz: --config$ --engine! --request:
        --header: --data: --data-ascii: --data-binary: --data-raw: --data-urlencode: --json: --form: --form-string:
        --url: --url-query: --user: --user-agent: --referer: --output: --output-dir: --cookie: --cookie-jar:
        --upload-file: --proxy: --proxy-user: --noproxy: --proxy-header: --preproxy: --socks5: --socks5-hostname:
        --socks4: --cacert: --capath: --cert: --cert-type: --key: --key-type: --pass: --ciphers: --max-time:
        --connect-timeout: --retry: --retry-delay: --retry-max-time: --max-redirs: --max-filesize: --limit-rate:
        --range: --resolve: --connect-to: --interface: --dns-servers: --dump-header: --write-out: --aws-sigv4:
        --oauth2-bearer: --unix-socket: --abstract-unix-socket: --netrc-file: --trace: --trace-ascii: --stderr:
        --time-cond: --continue-at: --request-target: --tls-max: --pinnedpubkey: --crlfile: --etag-save:
        --etag-compare: --keepalive-time: --local-port: --rate: --parallel-max: --create-file-mode: --proto:
        --proto-default: --proto-redir: --mail-from: --mail-rcpt: --mail-auth: --quote: --telnet-option:
        --login-options: --speed-limit: --speed-time: --expect100-timeout: --happy-eyeballs-timeout-ms:
        --hostpubsha256: --hostpubmd5: --pubkey: --krb: --libcurl: --service-name: --ssl-sessions: --variable:
        --expand-data: --expand-url: --expand-header: --doh-url: --ftp-account: --ftp-method: --ftp-port:
        --delegation: --egd-file: --random-file: --curves: --dns-interface: --dns-ipv4-addr: --dns-ipv6-addr:
        --alt-svc: --hsts: --fail --fail-with-body --silent --show-error --location --location-trusted --insecure
        --verbose --include --head --get --compressed --globoff --ipv4 --ipv6 --http1.0 --http1.1 --http2 --http3
        --retry-connrefused --retry-all-errors --remote-name --remote-name-all --remote-header-name --remote-time
        --create-dirs --remove-on-error --no-progress-meter --progress-bar --no-buffer --netrc --netrc-optional
        --basic --digest --ntlm --negotiate --anyauth --tcp-nodelay --tcp-fastopen --tlsv1 --tlsv1.0 --tlsv1.1
        --tlsv1.2 --tlsv1.3 --parallel --parallel-immediate --path-as-is --post301 --post302 --post303 --raw --next
        --fail-early --disable --ssl --ssl-reqd --no-keepalive --no-alpn --no-sessionid
        """,
        is_strict=True,
        why="with -K it reads options from a file, which can write anywhere and send files away",
        advice="end the options first: `curl -fsS -- @`",
    ),
    *row(
        "wget",
        "D",
        """
        -bdqvFcSxpNrkKmLHEnh46V -e! -i: -aoBtOTwQPUlADRIXC: --execute! --config$ --use-askpass! --input-file:
        --output-document: --output-file: --append-output: --base: --tries: --timeout: --wait: --quota:
        --directory-prefix: --user-agent: --header: --user: --password: --http-user: --http-password: --post-data:
        --post-file: --method: --body-data: --body-file: --referer: --load-cookies: --save-cookies: --level:
        --accept: --reject: --domains: --exclude-domains: --include-directories: --exclude-directories:
        --certificate: --private-key: --ca-certificate: --ca-directory: --secure-protocol: --limit-rate:
        --warc-file: --regex-type: --accept-regex: --reject-regex: --bind-address: --cut-dirs: --progress:
        --waitretry: --max-redirect: --proxy-user: --proxy-password: --local-encoding: --remote-encoding:
        --dns-timeout: --connect-timeout: --read-timeout: --report-speed: --retry-on-http-error: --compression:
        --quiet --verbose --no-verbose --continue --no-check-certificate --spider --recursive --no-parent
        --timestamping --no-clobber --content-disposition --server-response --https-only --no-cache --no-cookies
        --no-proxy --no-config --mirror --page-requisites --convert-links --span-hosts
        """,
        why="some options run programs or commands of its configuration",
        advice="end the options first: `wget -q -- @`",
    ),
    *row(
        """
        aria2c, axel, httrack, lynx, links, elinks, w3m, http, https, xh, hurl, k6, locust, jmeter, ab, wrk, vegeta,
        siege, gatling, artillery, yt-dlp, youtube-dl, gallery-dl, newman, evans, grpcurl, websocat
        """,
        "C",
        why="some of its arguments name scripts, hooks or programs that it runs, or files that it writes",
        advice="use a program that takes data: `curl -fsS --url @`",
    ),
    *row(
        """
        socat, socket, telnetd, inetd, xinetd, tcpserver, udpsvd, tcpsvd,
        ipsvd, s6-tcpserver, ucspi-tcp, tcpclient, sslclient, stunnel, ghostunnel, websocketd, shell2http, webhook,
        ttyd, gotty, wetty, tmate, shellinabox, shellinaboxd, chisel, frpc, cloudflared, ngrok
        """,
        "C",
        stdin="run",
        why="an address or an option in its arguments can be a program that it runs",
        advice="use a program that takes data: `printf '%s' @ | curl -fsS -T - -- https://host/`",
    ),
    *row(
        "nc, ncat, netcat, nc.openbsd, nc.traditional",
        "C",
        "-c| -e| --sh-exec| --exec| --lua-exec$",
        stdin="run",
        is_strict=True,
        why="an address or an option in its arguments can be a program that it runs",
        advice="use a program that takes data: `printf '%s' @ | curl -fsS -T - -- https://host/`",
    ),
    *row(
        "openssl",
        "+U",
        stdin="alone",
        is_strict=True,
        why="engines, providers and configurations in its arguments run as code, and so do commands that it reads",
        advice="give the value as input: `printf '%s' @ | openssl dgst -sha256`",
    ),
    *row(
        "certbot, acme.sh, lego, dehydrated, mkcert, easyrsa, getssl, cfssl",
        "+U",
        is_strict=True,
        why="engines, providers, configurations and hooks in its arguments run as code",
        advice="give the value as input: `printf '%s' @ | openssl dgst -sha256`",
    ),
    *row(
        "openssl *, certbot *, acme.sh *, lego *, dehydrated *, easyrsa *",
        "D",
        """
        ~engine! ~provider! ~provider-path! ~config$ ~keygen_engine! ~ssl_client_engine! ~signcmd! ~in: ~out: ~subj:
        ~passin: ~passout: ~key: ~cert: ~CA: ~CAkey: ~CAfile: ~CApath: ~inkey: ~days: ~newkey: ~keyout: ~addext:
        ~extfile$ ~extensions: ~connect: ~servername: ~name: ~pass: ~k: ~kfile: ~K: ~iv: ~S: ~md: ~cipher: ~digest:
        ~hmac: ~sign: ~verify: ~signature: ~set_serial: ~nameopt: ~certopt: ~inform: ~outform: ~recip: ~signer:
        ~certfile: ~keyform: ~rand: ~writerand: ~pkeyopt: ~algorithm: ~curve: ~noout ~text ~nodes ~x509 ~new ~batch
        ~verbose ~base64 ~d ~e ~a ~A ~salt ~pbkdf2 ~iter: ~binary ~hex --hook! --pre-hook! --post-hook!
        --renew-hook! --deploy-hook! --manual-auth-hook! --manual-cleanup-hook! --config$ --config-dir!
        --authenticator! --installer! -d: -m: --domain: --domains: --email: --server: --reloadcmd!
        """,
        ends="",
        why="engines, providers, configurations and hooks in its arguments run as code",
        advice="give the value to a listed option, or as input: `openssl x509 -noout -in ./@`",
    ),
    *row(
        "gpg, gpgv, gpgsm, gpgconf",
        "D",
        """
        -abcdefhiKknqstvwx -o: -r: -R: -u: -z: -N: --photo-viewer! --exec-path! --agent-program! --dirmngr-program!
        --pinentry-program! --gpg-program! --keyboxd-program! --options$ --homedir! --keyserver:
        --keyserver-options: --load-extension! --recipient: --hidden-recipient: --local-user: --output:
        --passphrase: --passphrase-file: --passphrase-fd: --pinentry-mode: --trust-model: --cipher-algo:
        --digest-algo: --compress-algo: --default-key: --keyring: --secret-keyring: --status-fd: --status-file:
        --logger-fd: --logger-file: --command-fd: --command-file: --set-filename: --comment: --batch --yes --no-tty
        --armor --sign --detach-sign --encrypt --decrypt --verify --import --export --quiet --verbose --symmetric
        --clear-sign --clearsign --list-keys --list-secret-keys --fingerprint --delete-keys --recv-keys --server
        --scdaemon-program! --debug-quick-random
        """,
        why="some options name programs that it runs",
        advice="end the options first: `gpg --verify -- @ file`",
    ),
    *row(
        """
        tshark, wireshark, dumpcap, zenmap, ngrep, masscan, p0f, dsniff, snort, suricata, zeek, sqlmap, hydra, nikto
        """,
        "C",
        why="scripts, filters and programs in its arguments run as code",
        advice="write the options in the script, and choose among them: `case @ in (web) tcpdump -c 10 port 80;; esac`",
    ),
    *row(
        "ettercap, bettercap, hping3, scapy",
        "C",
        stdin="alone",
        why="scripts, filters and programs in its arguments run as code, and so do commands that it reads",
        advice="write the options in the script, and choose among them: `case @ in (web) tcpdump -c 10 port 80;; esac`",
    ),
    *row(
        "tcpdump",
        "D",
        """
        -AbdDefhHIJKlLnNOpqStuUvxX# -z! -V$ -BcCEFGijMPQrsTwWyZm: --version --help --interface: --count --direction:
        --immediate-mode --linktype: --list-interfaces --monitor-mode --number --print --snapshot-length:
        --time-stamp-precision: --time-stamp-type: --relinquish-privileges: --postrotate-command!
        """,
        is_strict=True,
        why="-z names a program that it runs on each file",
        advice="end the options first: `tcpdump -c 10 -- host @`",
    ),
    *row(
        "nmap",
        "D",
        """
        --interactive, ~interactive, ~script! ~script-args! ~script-args-file$ ~datadir! ~servicedb$ ~versiondb$
        ~stylesheet$ ~resume$ --script! --script-args! --script-args-file$ --datadir! --servicedb$ --versiondb$
        --stylesheet: --resume$ ~iL: ~iR: ~oX: ~oN: ~oG: ~oA: ~oS: ~exclude: --exclude: --excludefile: -p: -e: -S: -D:
        -g: -T: -A -O -v -n -R -6 -F -r ~Pn ~sn ~sS ~sT ~sU ~sV ~sC ~sA ~sL --top-ports: --max-retries: --host-timeout:
        --min-rate: --max-rate: --open --reason --dns-servers: --source-port: --ttl:
        """,
        is_strict=True,
        why="--script names programs that it runs",
        advice="end the options first: `nmap -p 22 -- @`",
    ),
    *row(
        """
        iptables-restore, ip6tables-restore, gpg-connect-agent,
        nft, ipset, ovs-vsctl, nmcli, wpa_cli, bluetoothctl, birdc, vtysh, ifup, pppd, chat, openvpn, wg-quick,
        dhclient, dhcpcd, udhcpc, udhcpd, hostapd, dnsmasq, unbound-control, rndc, nsupdate, nginx, apache2, httpd,
        apachectl, apache2ctl, caddy, haproxy, lighttpd, squid, traefik, envoy, uwsgi, gunicorn, uvicorn, hypercorn,
        daphne, celery, puma, unicorn, php-fpm, varnishd, mosquitto, rsyslogd, syslog-ng, collectd, telegraf, fluentd,
        fluent-bit, logstash, msfconsole, rtorrent
        """,
        "C",
        stdin="always",
        why="configurations, batches and commands in its arguments or its input run as code",
        advice="write the options in the script, and choose among them: `case @ in (up) ip link set eth1 up;; esac`",
    ),
    *row(
        "ip",
        "+U",
        """
        -046BDIMNVacdfhijloprst ~4 ~6 ~br ~brief ~j ~json ~p ~pretty ~s ~stats ~d ~details ~o ~oneline ~c? ~color?
        ~n: ~netns: ~f: ~family: ~rc: ~rcvbuf: ~b! ~batch! ~force ~a ~all ~t ~ts ~N ~h ~V
        """,
        is_strict=True,
        stdin="named",
        why="netns exec runs a command, and -batch runs commands from a file",
        advice="write the subcommand in the script: `ip address show dev @`",
    ),
    *row(
        "ip netns, ip vrf",
        "+U",
        is_strict=True,
        why="exec runs the command that its arguments name",
        advice="name the command in the script: `ip netns exec app cp -- @ /tmp/x`",
    ),
    *row(
        "ip netns exec, ip vrf exec",
        "+DN",
        is_strict=True,
        why="it runs the command that its arguments name",
        advice="name the command in the script: `ip netns exec app cp -- @ /tmp/x`",
    ),
    *row(
        "tc, bridge, devlink, rdma",
        "D",
        "-sdrpjn ~b! ~batch! ~force ~n: ~netns: ~s ~d ~j ~p ~c? ~color? ~iec ~graph",
        ends="",
        why="-batch runs commands from a file",
        advice='begin the word with text of the script\'s own: `tc qdisc show dev "eth@"`',
    ),
    *row(
        "iptables, ip6tables, ebtables, arptables, iptables-save",
        "D",
        """
        -46nvxfchVSFLZX -CNEP: -M! --modprobe! -A: -D: -I: -R: -s: -d: -p: -i: -o: -j: -g: -m: -t: -w? -W? --source:
        --destination: --protocol: --in-interface: --out-interface: --jump: --goto: --match: --table: --dport:
        --sport: --dports: --sports: --destination-port: --source-port: --comment: --to-destination: --to-source:
        --to-ports: --state: --ctstate: --icmp-type: --limit: --limit-burst: --log-prefix: --mark: --set-mark:
        --set-xmark: --reject-with: --uid-owner: --gid-owner: --match-set: --mac-source: --src-range: --dst-range:
        --append: --delete: --insert: --replace: --noflush --wait? --counters
        """,
        is_strict=True,
        ends="",
        why="--modprobe names a program that it runs",
        advice="give the value to a listed option: `iptables -A INPUT -s @ -j DROP`",
    ),
    *row(
        """
        mail, mailx, mutt, neomutt, nail, s-nail, bsd-mailx, alpine, sendmail, exim, postfix, msmtp, swaks,
        procmail, maildrop, fetchmail, getmail, offlineimap, mbsync, formail, postdrop, qmail-inject, sieve-test,
        aerc
        """,
        "D",
        """
        -s: -r: -c: -b: -q: -a: -e! -F$ -O! -o! -C$ -X! -S! -A! -D! -E! -f! -i -n -v -t -x -p! -z -H -N -B --rcfile$
        --file$ --passwordeval! --command! --exec! --config$ --host: --port: --tls-certcheck: --data! --pipe!
        """,
        stdin="always",
        is_strict=True,
        why="options and lines of a message such as ~! run commands",
        advice="use a program that takes data: `printf '%s' @ | curl -fsS -T - --mail-from a --mail-rcpt b -- smtp://host`",
    ),
]
