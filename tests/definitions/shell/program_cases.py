"""Command lines and what is thought of them: ``@`` is a value, ``$u`` a variable of the script."""

#: One command on each line; a blank line or a line that begins with ``#`` says nothing.
REFUSED = r"""
# shells: the code, its file, and options that hide them
sh -c @
sh -c 'echo @'
sh -ec @
sh -e -c @
sh -c -e @
sh +e -c @
sh -xc "echo @"
sh -o pipefail -c @
bash -lc @
bash -c "$u" sh @
bash -c $u @
bash $u @
bash "$u" @
bash -O extglob -c @
bash --norc -c @
bash --rcfile F -c @
bash --rcfile @ -i
bash --init-file @
bash --unknown -c @
bash @
bash -- @
bash -x @
bash -s @
/bin/bash -c @
/usr/local/bin/bash-5.2 -c @
bash5 -c @
dash -c @
ksh -c @
ksh93 -c @
mksh -c @
zsh -c @
zsh --emulate sh -c @
zsh -o errexit -c @
fish -c @
fish -C @
fish --init-command=@ script
fish --command=@
csh -c @
tcsh -c @ x
tcsh -fc @
pwsh -Command @
pwsh -c @
pwsh @
pwsh -NoProfile -Command @
pwsh -EncodedCommand @
powershell -ExecutionPolicy Bypass -Command @
nu -c @
elvish -c @
xonsh -c @
busybox @
busybox sh -c @
busybox ash -c @
busybox env sh -c @
toybox sh -c @
su -c @
su root -c @
su - root -c @
su -l root --command=@
su -s /bin/sh root -c @
su -s @ root
su root -- -c @
su @
su -- root @
su --session-command=@ root
sg team -c @
sg team @
newgrp @
script -c @
script -qc @ log
script -q -c @ log
script log -- sh -c @
script @
script --command @ log
chsh -s @
execlineb -c @
execlineb @
sh -c 'eval "$1"' sh @
sh -c '"$1" x' sh @
bash -c '$1' bash @
sh -c 'cp $0 x; eval "$@"' @

# builtins
eval @
eval "echo @"
eval echo -- @
eval "$u" @
source @
source ./@
. @
. ./lib/@
trap @ EXIT
trap 'rm @' EXIT
trap - @
alias a=@
alias @
unalias @
let a=@
let "a = @ + 1"
read @
read -r @
read -p prompt @
read -a @
read -ra @
read -d x -- @
read -X x @
unset @
unset -v @
unset -f @
unset x @
getopts ab @
getopts @ x
mapfile @
mapfile -t @
mapfile -C @ -c 1 a
readarray -t @
readarray -d '' @
export A=@
export @
readonly A=@
local x=@
declare x=@
declare -i x=@
declare -n x=@
typeset x=@
command @
command -p @
command eval @
command -p sh -c @
command command eval @
builtin eval @
builtin @
builtin printf -v @ x
exec @
exec -a name @
exec -a @ sh -c @
exec -a @ cp x y
exec -c sh -c @
exec -z x sh @
- @
- sh -c @
noglob eval @
printf @
printf "a @"
printf -- @
printf -v @ x
printf -v@ x
printf @ a
test -v @
test @ -a b
test @ = a -o b = c
test $u @ x
[ -v @ ]
[ -R @ ]
[ @ = a -a b = c ]
[ @ ] ]
[ ! @ = a -o b ]
set @
set -o @
set +o @
set -e @
set -@
shopt -s @
setopt @
ulimit -n @
complete -F @ x
complete -C @ x
compgen -W @
compgen -A function @
bind -x @
enable -f @ x
fc -e @
hash -p @ ls
history -w @
jobs -x @
caller @
wait -p @ 1
wait @

# programs that run a command
env @
env A=1 @
env A=@ @
env -i @
env - @
env -u X @
env -iu X @
env -u X sh -c @
env -i sh -c @
env - sh -c @
env -iu X sh -c @
env -S @
env -S "sh -c @"
env -vS @
env -vS"@"
env --split-string=@
env --split @
env -C /tmp sh -c @
env -C @ sh -c @
env --chdir /tmp sh -c @
env --chdir=/tmp sh -c @
env -a x sh -c @
env --argv0=x sh -c @
env --unknown sh @
env -z sh @
env $u sh @
env PATH=@ cmd
env LD_PRELOAD=@ cmd
env BASH_ENV=@ bash ./x
env GIT_SSH_COMMAND=@ git fetch
env A=@ make
env -i A=@ make all
env A=@ nice make
env "@=x" cmd
env -- @
env -- - @
/usr/bin/env @
/usr/bin/env sh -c @
sudo @
sudo -u root @
sudo -u root -- @
sudo -- @
sudo sh -c @
sudo -u root sh -c @
sudo -iu root sh -c @
sudo -s @
sudo -i @
sudo -E bash -c @
sudo --user=root bash -c @
sudo --user root bash -c @
sudo --preserve-env=A bash -c @
sudo A=1 bash -c @
sudo PATH=@ cmd
sudo -R /x sh -c @
sudo -T 5 sh -c @
sudo --unknown x @
sudo $u @
sudo -e @
doas @
doas -u root sh -c @
doas -C @ cmd
pkexec --user root sh -c @
runuser -u app -- @
runuser -u app @
runuser -u app sh -c @
runuser -u app -- sh -c @
runuser -l app -c @
runuser app -c @
runuser - app -c @
runuser app @
runuser -s @ app
nice @
nice -n 5 @
nice -5 sh -c @
nice -n5 sh -c @
nice --adjustment=5 sh -c @
nice --adjustment 5 sh -c @
ionice -c 3 sh -c @
ionice -c3 -n7 sh -c @
ionice --class idle sh -c @
ionice @
chrt -f 10 sh -c @
chrt 10 @
chrt @ cmd
taskset -c 0 sh -c @
taskset 1 @
taskset @ cmd
timeout 5 @
timeout 5 sh -c @
timeout -k 5 9 sh -c @
timeout -vs KILL 5 sh -c @
timeout -vs KILL 5 awk @
timeout --signal=KILL 5 sh -c @
timeout --signal KILL 5 sh -c @
timeout --kill-after 5 9 sh -c @
timeout -s @ 5 sh -c @
timeout @ cmd
timeout --preserve-status 5 eval @
timeout -t 5 sh @
stdbuf -oL sh -c @
stdbuf -o L sh -c @
stdbuf --output=L sh -c @
stdbuf @
setsid sh -c @
setsid -w @
setsid --fork sh -c @
nohup @
nohup sh -c @
/usr/bin/time -p sh -c @
/usr/bin/time -f %e sh -c @
/usr/bin/time -o log @
chroot /srv @
chroot /srv sh -c @
chroot --userspec=a:b /srv sh -c @
chroot @ sh
unshare -n sh -c @
unshare -r @
unshare --map-root-user -- sh -c @
unshare -S 0 sh -c @
nsenter -t 1 -m sh -c @
nsenter --target 1 -- @
nsenter -t 1 -a bash -c @
setpriv --reset-env sh -c @
setpriv --reuid 1 @
setarch -R sh -c @
setarch x86_64 -R sh -c @
setarch x86_64 @
setarch @
linux32 sh -c @
linux64 @
x86_64 sh -c @
prlimit --nofile=1 sh -c @
prlimit -n1 @
prlimit --cpu=1 -- sh -c @
capsh -- -c @
capsh --user=x -- @
flock f @
flock f sh -c @
flock f -c @
flock -c @ f
flock -w 5 f sh -c @
flock -n f --command @
flock --timeout 5 f @
flock -x @ cmd
start-stop-daemon --start --exec @
start-stop-daemon -S -x /bin/sh -- -c @
start-stop-daemon --start --startas /bin/bash --exec /bin/sleep -- -c @
start-stop-daemon -S -a @
strace -o '|@' ls
strace -o @ ls
strace -fo @ ls
strace --output=@ ls
strace -f sh -c @
strace -e trace=open sh -c @
strace -E LD_PRELOAD=@ ls
strace -E @ ls
strace @
ltrace -f sh -c @
ltrace @
gdb -ex @
gdb -batch -ex @ app
gdb --args @
gdb --args app @
gdb -x @
gdb app @
lldb -o @
valgrind @
valgrind sh -c @
valgrind --db-command=@ cmd
valgrind --tool=@ cmd
perf stat sh -c @
perf record -o x -- sh -c @
perf stat -e cycles @
perf script @
watch @
watch -n 1 @
watch -x cmd @
watch "ls @"
parallel @
parallel echo ::: @
parallel -j 2 @ ::: a
xargs @
xargs -0 @
xargs -n 1 sh -c @
xargs -I {} sh -c @
xargs -I @ sh -c 'echo x'
xargs -J @ cmd
xargs --replace=@ cmd
xargs -i@ cmd
xargs -P 4 -n 1 sh -c @
xargs --max-procs 4 sh -c @
xargs --max-procs=4 sh -c @
xargs env @
xargs env sh -c @
xargs --unknown x @
numactl -N 0 sh -c @
numactl --cpunodebind=0 @
cgexec -g cpu:a sh -c @
systemd-run @
systemd-run --wait sh -c @
systemd-run -p ExecStartPre=@ cmd
systemd-run --property=@ cmd
systemd-run --unit x sh -c @
systemd-run -E PATH=@ cmd
systemd-run -H @ cmd
systemd-nspawn -D /x sh -c @
machinectl shell app sh -c @
machinectl shell app /bin/sh @
machinectl shell @
firejail @
firejail --noprofile sh -c @
firejail --profile=@ cmd
bwrap --ro-bind / / sh -c @
bwrap --bind a b @
bwrap --args @ cmd
proot -r / sh -c @
proot -q @ cmd
fakeroot sh -c @
fakeroot -- @
fakeroot -l @ cmd
faketime -m x sh -c @
faketime x @
unbuffer sh -c @
unbuffer @
rlwrap sh -c @
rlwrap -z @ cmd
gosu app sh -c @
gosu app @
gosu @ cmd
su-exec app sh -c @
setuidgid app @
envdir ./e sh -c @
chpst -u app sh -c @
chpst -e ./e @
softlimit -m 1 sh -c @
tini -- sh -c @
tini @
tini -s -- @
dumb-init sh -c @
dumb-init -- @
catatonit -- sh -c @
ssh-agent sh -c @
ssh-agent -s @
dbus-run-session -- sh -c @
dbus-run-session --dbus-daemon @ cmd
xvfb-run -a sh -c @
xvfb-run -s @ cmd
xvfb-run @
torsocks sh -c @
proxychains -q sh -c @
proxychains -f @ cmd
catchsegv sh -c @
entr -s @
entr @
entr -r sh -c @
hyperfine @
cpulimit -l 5 -- sh -c @
coreutils @
/lib64/ld-linux-x86-64.so.2 --preload @ cmd
/lib64/ld-linux-x86-64.so.2 /bin/sh -c @
/lib64/ld-linux-x86-64.so.2 @
qemu-aarch64 sh -c @
nohup timeout -k 5 9 bash -c @
sudo -u app env A=1 nice -n 5 timeout 5 sh -c @
sudo env -S @
nice env -i sudo -u x bash -c @

# interpreters
python -c @
python3 -c @
python3.11 -c @
python2.7 -c @
/usr/bin/python3.11 -c @
python3 -Ic @
python3 -I -c @
python3 -W ignore -c @
python3 -X dev -c @
python3 -bc"@"
python3 @
python3 -u @
python3 -- @
python3 -m @
python3 -m timeit @
python3 -m timeit -s @ pass
python3 -m timeit -n 1 @
python3 -m pdb -c @ x.py
python3 -m pdb @
python3 -m pdb -m @
python3 -m runpy @
python3 -m trace --trace @
python3 -m cProfile @
python3 -m cProfile -m @
python3 -m cProfile -o out @
python3 -m code @
python3 -m coverage run @
python3 -m coverage run -m @
python3 -m pytest @
python3 -m pytest -p @
python3 -m pip install @
python3 -m pip install -r @
python3 -m pip install -i @ app
python3 -m venv @
python3 -m zipapp -p @ x
python3 -munittest @
python3 --unknown @
python3 $u @
python3 "$u" @
pypy3 -c @
pypy -m timeit @
ipython -c @
perl -ne 'print' -- @
perl -e 'print <>' -- @
perl -n script.pl @
perl -lane 'print' @
perl -lane 'print' -- @
perl -l0ne 'print' -- @
perl -0777 -pe s/a/b/ -- @
perl -F: -lane 'print' -- @
ruby -W0 -ne @
ruby -0777ne @
perl -i.bak -pe s/a/b/ @
prove @
bats @
rename @ f
prename -e @ f
rename -n s/a/b/ @
perl -e @
perl -E @
perl -ne @
perl -pe @
perl -i -pe @ f
perl -pi -e @ f
perl -lane @
perl -e"@"
perl -e 'print' @
perl -we @
perl -I lib -e @
perl -Ilib -e @
perl -I @ -e @
perl -MList::Util -e @
perl -M@ -e 1
perl -M @ -e 1
perl -m@ -e 1
perl -d:@ x
perl -F@ -ane print
perl -0777 -ne @
perl @
perl -x @
perl5.36 -e @
ruby -e @
ruby -ne @
ruby -r@ x
ruby -r @ x
ruby -I lib -e @
ruby -rjson -e @
ruby @
ruby3.2 -e @
irb -r @
rake @
node -e @
node -p @
node -pe @
node --eval @
node --eval=@
node --print @
node -r @ x
node --require=@ x
node --import @ x
node --loader=@ x
node --experimental-loader @ x
node -r dotenv -e @
node @
node -- @
nodejs -e @
node20 -e @
node --unknown x @
node --env-file x -e @
tsx -e @
deno eval @
deno run @
deno run -A @
deno run --allow-run=@ x
deno run --import-map @ x
deno @
deno repl --eval @
bun -e @
bun @
bun --preload @ x
bun x @
bunx @
php -r @
php -B @
php -R @
php -E @
php -d @ x
php -F @
php -f @
php -c @ x
php -z @
php --run=@
php @
php8.2 -r @
php -d memory_limit=1 -r @
lua -e @
lua -l @ x
lua -e x @
lua5.4 -e @
lua @
luajit -e @
luajit -j @ x
tclsh @
wish @
expect -c @
expect -f @
expect @
expect -dc @
Rscript -e @
Rscript @
Rscript --vanilla -e @
R -e @
R -f @
R --file=@
R --slave -e @
julia -e @
julia -E @
julia -L @ x
julia --eval=@
julia --project=@ x
julia @
groovy -e @
groovy @
groovy -cp @ x
osascript -e @
osascript -l JavaScript -e @
osascript @
guile -c @
guile -e @ x
guile -l @
racket -e @
racket -e @ x
sbcl --eval @
sbcl --script @
sbcl --load @
clojure -M -e @
clj @
scheme @
java -jar @
java @
java -cp @ Main
java --class-path=@ Main
java -javaagent:@ -jar x.jar
java -agentpath:@ Main
java -XX:OnError=@ Main
java -XX:@ Main
java --module-path @ -m x
java -cp lib @
kotlin -e @
kotlinc -script @
scala -e @
scala @
swift @
swift -e @
go run @
go run ./cmd @
go run -exec @ ./x
go test -exec @ ./x
go test -exec=@ ./x
go test -toolexec @ ./x
go build -toolexec=@ ./x
go build -ldflags @ ./x
go build @
go generate @
go install @
go vet -vettool=@ ./x
cargo run -- @
cargo run @
cargo --config @ build
cargo build --config @
cargo --config=@ build
cargo build --config=@
cargo build --manifest-path @
cargo install @
cargo install --git @
cargo @
cargo +@ build
dotnet script @
dotnet run @
dotnet @
dotnet exec @
dotnet build -p:@
erl -eval @
elixir -e @
elixir @
iex -e @
mix run -e @
escript @
ghc -e @
runghc @
ocaml -e @
ocaml @
gnuplot -e @
gnuplot @
octave --eval @
octave @
matlab -batch @
bc @
dc -e @
dc @
m4 @
m4 -D a=@
maxima --batch-string=@
swipl -g @

# languages of their own
awk @
awk '{ print "@" }' f
awk "/@/" f
awk -f @ f
awk -f prog -f @ f
awk -e @ f
awk -F : @ f
awk -F: @
awk -v x=1 @
awk -v @ '{ print }' f
awk -v"@" '{ print }'
awk -f p @
gawk -i @ p
gawk -l @ p
gawk --include=@ p
gawk -e @
gawk --source=@ f
gawk --source @ f
gawk -E @
mawk -f @ f
mawk -W exec @
nawk @
awk $u @
/usr/bin/gawk @
sed @ f
sed s/a/@/ f
sed "s/a/@/" f
sed -e @ f
sed -n @ f
sed -ne @ f
sed -e s/a/b/ -e @ f
sed --expression=@ f
sed --expression @ f
sed --expr=@ f
sed -f @ f
sed --file=@ f
sed -i @ f
sed -i.bak @ f
sed -i -e @ f
sed -Ei @ f
sed -l 5 @ f
sed -n p @
gsed @ f
sed $u @ f
jq @ f
jq ".a = @" f
jq -r @ f
jq --arg x y @ f
jq --argjson x 1 @
jq -f @ f
jq --from-file @ f
jq -L @ . f
jq --tab @
jq --indent 2 @
jq . @
gojq @
jaq @
yq @ f
yq -i ".a = @" f
yq e @ f
xmlstarlet sel -t -v @ f
xmllint --xpath @ f
xsltproc @ f
ed @
ed -s @
ex -c @
vi +@
vi -c @ f
vim -c @ f
vim --cmd @ f
vim +@ f
vim "+set @" f
vim -S @ f
vim -u @ f
vim f @
nvim -c @
nvim --headless +@
view @
emacs --eval @
emacs --batch -l @
emacs -f @
emacsclient -e @
emacsclient --eval @
less @
less +@ f
less "+!@" f
more @
man @
man -P @ ls
man --pager=@ ls
make @
make X=@
make "X=@" all
make -f @
make --eval=@
make --eval @
make -C @
make -C dir @
make --directory=@
make -I @
make -j @
make -e @
make -j 4 X=@
gmake X=@
bmake X=@
make "test-@"
ninja -f @
ninja @
cmake -P @
cmake -E @
cmake --build @
meson setup @
bazel run @
nix-shell --run @
nix run @
ant -f @
ant -Dx=@
mvn @
gradle @
gradle -I @
just @
just deploy @
task deploy @
terraform -chdir=@ apply
terraform init -plugin-dir=@
terraform init -from-module @
terraform apply @
ansible all -m shell -a @
ansible all -a @
ansible @ -m ping
ansible-playbook -e @ site.yaml
ansible-playbook -e "x=@" site.yaml
ansible-playbook --extra-vars @ site.yaml
ansible-playbook @
salt '*' cmd.run @
puppet apply -e @
chef-client -j @
consul-template -exec @
gomplate -i @
jsonnet -e @
pdflatex @
pdflatex "\\input @"
pdflatex -shell-escape @
latex @
latexmk -e @
gs -c @
gs @
gs -dNOSAFER @
convert @ out.png
convert in.png @
convert in.png "-comment @" out.png
magick @ out.png
identify @
ffmpeg -i a -vf @ b
ffmpeg -i a @
ffmpeg -filter_complex @ -i a b
pandoc --filter @
pandoc --filter=@ in.md
pandoc -F @ in.md
pandoc --lua-filter=@ in.md
pandoc --pdf-engine @ in.md
pandoc @
gcc -wrapper @ a.c
gcc -fplugin=@ a.c
gcc -B @ a.c
gcc -B@ a.c
gcc @ a.c
gcc -specs=@ a.c
gcc -Wl,@ a.c
gcc -Xlinker @ a.c
clang -Xclang @ a.c
clang -Xclang -load -Xclang @ a.c
clang -fplugin=@ a.c
ld -plugin @ a.o
g++-12 -fplugin=@ a.cc
nvcc -ccbin @ a.cu
rustc -C linker=@ a.rs
rustc -Clinker=@ a.rs
protoc --plugin=@ a.proto

# databases
sqlite3 f @
sqlite3 @
sqlite3 -cmd @ f
sqlite3 -init @ f
sqlite3 f "select @"
sqlite3 f ".shell @"
duckdb -c @
psql -c @
psql --command=@
psql -f @
psql @
psql -v x=@ -f q.sql
psql -v ON_ERROR_STOP=1 -c @
pgbench -f @
mysql -e @
mysql --execute=@
mysql -u root -e @
mysql --defaults-file=@
mysql --init-command=@ db
mysql --pager=@
mariadb -e @
mongosh --eval @
mongo --eval @
redis-cli eval @ 0
redis-cli set x @
clickhouse-client -q @
influx -execute @
cqlsh -e @
sqlplus @
duckdb f @

# other machines
ssh @
ssh @ cmd
ssh host @
ssh host "echo @"
ssh -- host @
ssh -- @ @
ssh -o @ host
ssh -oProxyCommand=@ host
ssh -o ProxyCommand=@ host
ssh -o "ProxyCommand=nc @ 22" host
ssh -F @ host
ssh -J @ host
ssh -p 22 host @
ssh -tt host sudo @
ssh -i key -l user host @
ssh -qo @ host
ssh -I @ host
ssh $u @
ssh "$u" @
ssh -X host cmd @
slogin host @
rsh host @
mosh host -- @
mosh --ssh=@ host
sshpass -p x ssh host @
sshpass -e sh -c @
sshpass @
pdsh -w h @
clush -w h @
scp @ host:x
scp a @
scp -o @ a b
scp -oProxyCommand=@ a b
scp -S @ a b
scp -F @ a b
scp -D @ a b
scp -J @ a b
sftp -b @ host
sftp -o ProxyCommand=@ host
sftp @
sftp -s @ host
sftp -S@ host
ssh-keygen -D @
ssh-keygen -w @ -t ed25519-sk
ssh-add -s @
ssh-copy-id -o @ host
ssh-copy-id -f @
ssh-copy-id @
ssh-keygen @
nm -D @
nm @
ld -plugin=@ a.o
docker run -h name image @
docker run -h name image sh -c @
git branch -m @
git status @
git am -m @
git cat-file --textconv @
git commit --no-edit @
python3 -m trace -C dir @
diff3 -x @ a b
run-parts @ x
bison @
ccache @
dotenv -q always run sh -c @
dotenv run @
sshfs -o ssh_command=@ a b
rsync -e @ a b
rsync -e "ssh -p @" a b
rsync -ae @ a b
rsync --rsh=@ a b
rsync --rsh @ a b
rsync --rsync-path=@ a b
rsync --rsync-path @ a b
rsync -a @ b
rsync -a a @
rsync -M@ a b
rsync --config=@ --daemon
rsync --unknown -- @
rclone --password-command @ ls x
restic --password-command=@ backup x
lftp -c @
lftp -e @ host
smbclient -c @ //h/s
virsh @
telnet @
curl @
curl -K @
curl --config @
curl --config=@
curl -sK @
curl -fsS @
curl -o x @
curl --engine @ https://x
curl --unknown x @
curl $u @
wget @
wget -e @ x
wget --execute=@ x
wget --use-askpass=@ x
wget --config=@ x
wget -q @
wget -O x @
aria2c @
aria2c --on-download-complete=@ x
yt-dlp --exec @ x
http @
socat @ -
socat - EXEC:@
socat TCP:@ -
nc -e @ host 1
nc @ 1
ncat -e @ host
ncat --exec @ host
ncat -c @ host
ncat --sh-exec=@ host
ncat --lua-exec @ host
stunnel @
openssl req -engine @
openssl dgst -engine @ f
openssl engine @
openssl x509 -provider-path @
openssl req -config @ -new
openssl dgst @
openssl @
certbot renew --deploy-hook @
certbot certonly --pre-hook=@
gpg --photo-viewer @ x
gpg --exec-path @ x
gpg --agent-program=@ x
gpg --verify @
gpg --homedir @ --verify x
gpg --options @ x
tcpdump -z @
tshark -X @
tshark -X lua_script:@
nmap --script @
nmap --script=@ h
nmap @
ip netns exec @ ls
ip netns exec x sh -c @
ip -b @
tc -b @
nft -f @
nginx -c @
nginx -g @
nsupdate @
mail -s x @
mail @
sendmail -C @
sendmail -C@ x
sendmail -X @ x
mutt -e @
mutt -F @
msmtp --passwordeval=@ x
swaks --pipe @

# files
find @
find @ -type f
find . @
find . -exec @ \;
find . -exec @
find . -exec sh -c @ \;
find . -execdir bash -c @ \;
find . -ok @ \;
find . -okdir sh -c @ \;
find . -exec env sh -c @ +
find . -exec sudo @ \;
find -name x @
find "-@"
find . -name a -o @
find "(@"
find . -exec cp {} x \; @
find . -exec sh -c 'eval "$1"' sh @ \;
fd -x @
fd -X @
fd --exec @
fd --exec=@ x
fd x -x sh -c @
fd @
rg --pre @ x
rg --pre=@ x
rg --hostname-bin @ x
rg @
rg x @
ag --pager @ x
tar -I @ -cf a b
tar -I@ -cf a b
tar --use-compress-program=@ -xf a
tar --use-compress-program @ -xf a
tar --use-comp=@ -xf a
tar -F @ -cf a b
tar --info-script=@ -cf a b
tar --new-volume-script @ -cf a b
tar --to-command=@ -xf a
tar --to-command @ -xf a
tar --checkpoint-action=@ -cf a b
tar --checkpoint-action exec=@ -cf a b
tar --checkpoint=1 --checkpoint-action=exec=@ -cf a b
tar --checkpoint-a=exec=@ -cf a b
tar --rsh-command=@ -cf h:a b
tar --rmt-command=@ -cf h:a b
tar -cf x @
tar xf @ @
tar -xf a -C x @
tar -xf a $u @
tar -T @ -cf x
tar --files-from=@ -cf x
tar --files-from @ -cf x
tar @
bsdtar -I @ -cf a b
cpio --rsh-command=@ -i
cpio @
zip -TT @ a b
zip -T -TT @ a b
zip a @
zip -r @ x
zip --unzip-command=@ a b
zip --unzip-command @ -T a b
unzip @
7z x @
sort --compress-program=@ f
sort --compress-program @ f
sort --compress=@ f
sort @
sort -u @
sort -k 1 @
split --filter=@ f
split --filter @ f
split @
split -l 5 @
diff @ b
diff3 --diff-program=@ a b c
sdiff --diff-program @ a b
patch @
patch -p1 @
install --strip-program=@ a b
install -s --strip-program @ a b
install @ b
run-parts @
run-parts --arg=@ @
logrotate @
logrotate -s x @
update-alternatives --install a b @ 1
xdg-open @
crontab @
crontab -u x @
at @
at -f @ now
batch @
mount @
mount -t @ a b
mount -o @ a b
ctags --options=@
ruff check --config @
pre-commit run --config @
eslint --rulesdir @
fzf --preview @
bat --pager @ f

# git and its kind
git @
git -c @ log
git -c core.pager=@ log
git -c alias.x=@ x
git -c "alias.x=!@" x
git --config-env=@ log
git --config-env @ log
git --exec-path=@ log
git --git-dir=@ log
git --git-dir @ log
git --unknown x log @
git -C x -c @ log
git $u @
git clone @
git clone -u @ x
git clone --upload-pack=@ x
git clone --upload-pack @ x
git clone --upload=@ x
git clone -c @ x
git clone --config @ x
git clone --config=core.x=@ x
git clone --template=@ x
git clone -b @ @
git clone --depth 1 @
git clone https://x @
git fetch @
git fetch --upload-pack=@ x
git fetch origin @
git pull @
git pull --upload-pack @ x
git pull --rebase origin @
git pull -s @ x
git push @
git push origin @
git push --receive-pack=@ x
git push --exec=@ x
git push --exec @ x
git push origin HEAD:x @
git ls-remote @
git ls-remote --upload-pack=@ x
git ls-remote --exec=@ x
git archive --exec=@ --remote=x HEAD
git archive --remote=@ HEAD
git archive @
git rebase -x @ x
git rebase --exec @ x
git rebase --exec=@ x
git rebase -ix @ x
git rebase @
git rebase -s @ x
git bisect run @
git bisect run sh -c @
git bisect start @
git filter-branch --tree-filter @
git filter-branch @
git submodule foreach @
git submodule foreach "git tag @"
git submodule foreach --recursive @
git submodule add @
git submodule update @
git difftool -x @ x
git difftool --extcmd=@ x
git difftool -t @ x
git mergetool -t @
git mergetool --tool=@
git log @
git log --output=@ x
git log -p --ext-diff @
git log --format=x @
git show @
git show --textconv=@ x
git diff @
git diff --output @ x
git diff --ext-diff @
git diff HEAD @
git grep @
git grep -O@ x
git grep --open-files-in-pager=@ x
git grep -f x @
git config @
git config core.pager @
git config user.name @
git config --global alias.x @
git send-email --smtp-server @
git send-email @
git remote add x @
git remote add @ x
git remote set-url origin @
git worktree add @
git worktree add x @
git init --template=@
git init @
git commit @
git commit --template=@
git commit -m x @
git tag @
git tag -a @
git merge @
git merge -s @ x
git merge --strategy=@ x
git cherry-pick @
git cherry-pick -s --strategy @ x
git revert @
git checkout @
git checkout -b @ @
git checkout -b x @
git switch @
git branch @
git reset @
git reset --hard @
git am @
git apply @
git add @
git rm @
git describe @
git rev-parse @
git rev-list @
git stash @
git format-patch @
git blame @
git shortlog @
git daemon @
git hook run @
git for-each-repo @
git credential @
git lfs @
git unknown @
git unknown --exec=@
git interpret-trailers --trailer-command @
/usr/bin/git log @
git --no-pager log @
git -C x log @
git --work-tree x log @
hg @
hg --config @ log
hg log @
svn --config-option @ ls
svn --editor-cmd=@ commit
svn --diff-cmd @ diff
svn checkout @
svn checkout --config-dir @ x
cvs -d @ co x
gh @
gh pr create --editor @ x @
gitk @

# containers and clusters
docker @
docker run @
docker run --rm @
docker run image @
docker run image sh -c @
docker run --rm image sh -c @
docker run -it -v a:b image bash -c @
docker run --entrypoint @ image
docker run --entrypoint sh image -c @
docker run --entrypoint=sh image -c @
docker run --entrypoint bash image -lc @
docker run --entrypoint=@ image
docker run -e @ image
docker run --env @ image
docker run -e LD_PRELOAD=@ image
docker run -e PATH=@ image
docker run -e X=@ image make
docker run --unknown x image @
docker run --health-cmd @ image
docker run --runtime=@ image
docker run -- image sh -c @
docker run -- image @
docker create image sh -c @
docker container run image sh -c @
docker exec c @
docker exec c sh -c @
docker exec -it c bash -c @
docker exec -u root c sh -c @
docker exec --user root c sh -c @
docker exec -e A=1 c sh -c @
docker exec -w /x c sh -c @
docker exec $u @
docker exec @ sh
docker exec -- @ @
docker build @
docker build -t x @
docker build -f @ @
docker --config @ run x
docker -H @ @
docker --context x run image sh -c @
docker compose run app sh -c @
docker compose run app @
docker compose run --entrypoint @ app
docker compose exec app sh -c @
docker compose exec -T app @
docker compose -f @ up
docker compose -f x exec app sh -c @
docker-compose run app sh -c @
docker-compose exec app sh -c @
docker-compose -f @ up
docker compose --unknown x exec app @
docker plugin install @
docker context create @
docker stack deploy @
docker buildx bake @
podman run image sh -c @
podman exec c sh -c @
podman unshare sh -c @
nerdctl run image sh -c @
buildah run c sh -c @
kubectl exec pod -- sh -c @
kubectl exec pod -- @
kubectl exec -it pod -- bash -c @
kubectl exec pod -c app -- sh -c @
kubectl exec -n x pod -- sh -c @
kubectl -n x exec pod -- sh -c @
kubectl --namespace x exec pod -- sh -c @
kubectl --namespace=x exec pod -- sh -c @
kubectl exec @ -- sh -c x
kubectl exec $u -- sh -c @
kubectl run x --image=y -- sh -c @
kubectl run x --image=y --command -- @
kubectl run x --overrides=@
kubectl debug pod -it --image=x -- sh -c @
kubectl --kubeconfig @ get pods
kubectl --kubeconfig=@ get pods
kubectl get pods --kubeconfig=@
kubectl get @
kubectl delete pod @
kubectl @
kubectl --unknown x exec pod -- @
kubectl plugin @
oc exec pod -- sh -c @
oc rsh pod sh -c @
helm @
helm upgrade app chart --post-renderer @
helm upgrade app chart --post-renderer=@
helm upgrade --kubeconfig=@ app chart
helm install @ chart
helm template @
helm plugin install @
helm uninstall @
helm upgrade --set x=1 @ chart
lxc exec c -- sh -c @
lxc exec c @
incus exec c -- @
lxc-attach -n c -- sh -c @
vagrant ssh -c @
heroku run @
fly ssh console -C @
nomad alloc exec x @
nomad exec x sh -c @
consul exec @
gcloud compute ssh x --command @
gcloud compute ssh x --command=@
az vm run-command invoke --scripts @
aws ssm send-command --parameters @
aws ssm send-command --parameters commands=@
aws ecs execute-command --command @
aws @
srun @
mpirun -n 2 @

# packages and environments
pip install @
pip install -r @
pip install -e @
pip install -i @ app
pip install --index-url @ app
pip install --index-url=@ app
pip install --extra-index-url=@ app
pip install -f @ app
pip install -- @
pip3 install @
pip3.11 install @
pip install app @
pip install --unknown x @
pip config set @
pip --python @ install x
pip download @
pip @
pipx run @
pipx run --spec @ app
pipx install @
uv run @
uv run sh -c @
uv run --with @ app
uv run -- python -c @
uv run python -c @
uv pip install @
uv add @
uv --directory @ run x
uvx @
poetry run @
poetry run sh -c @
poetry run python -c @
poetry -C @ run x
pipenv run sh -c @
pipenv run @
pdm run @
hatch run @
conda run -n x sh -c @
conda run @
conda install @
conda create -n x @
tox @
tox -c @
nox -s @
npm @
npm install @
npm exec @
npm exec -- @
npm run x -- @
npm run @
npm --prefix @ run x
npm test -- @
npx @
npx eslint @
npx -c @
pnpm dlx @
pnpm exec @
pnpm run x @
yarn @
yarn run x @
yarn dlx @
bundle exec sh -c @
bundle exec @
bundle exec rake @
bundle install @
gem install @
rbenv exec sh -c @
asdf exec sh -c @
mise exec -- sh -c @
nvm exec 18 sh -c @
nvm @
direnv exec . sh -c @
direnv exec . @
aws-vault exec app -- sh -c @
aws-vault exec app @
op run -- sh -c @
op run --env-file=x -- @
doppler run -- sh -c @
doppler run --command @
doppler run --command=@
sops exec-env f @
sops exec-env f "cmd @"
sops exec-file f @
chamber exec svc -- sh -c @
composer require @
cpanm @
apt-get -o @ install x
apt-get -oAPT::Update::Pre-Invoke::=@ update
apt-get -o APT::X=@ update
apt-get --option=@ update
apt-get -c @ update
apt-get install @
apt install -y @
apt-get install -y x @
dpkg -i @
dpkg --pre-invoke=@ -i x
dpkg --admindir=@ -i x
dpkg --root=@ -i x
rpm --eval @
rpm -E @
rpm --define @ -q x
rpm -D @ -q x
rpm --pipe @ -q x
rpm -i @
yum --setopt=@ install x
dnf --setopt @ install x
dnf install @
dnf -c @ install x
apk add @
apk add --repository @ x
pacman -S @
brew install @

# the system
tmux new-session @
tmux new-session -d @
tmux send-keys @
tmux -c @
tmux run-shell @
screen -dm sh -c @
screen -X stuff @
screen @
xterm -e @
xterm @
systemctl edit @
systemctl start @
systemctl -H @ status x
systemctl --host=@ status x
systemctl restart @
journalctl @
journalctl -u x @
useradd @
useradd -s @ x
useradd --shell=@ x
usermod -s @ x
sysctl -w @
modprobe @
service @
pm2 start @
nodemon --exec @
supervisorctl @
zenity --text @

# builds, clusters and sites
mvn "-D@" package
mvn -D @ package
mvn -f @ package
mvn -s @ deploy
mvn "-@" package
mvn -B @ package
gradle -I @ build
gradle "-P@" build
gradle --init-script=@ build
gradle -p @ build
gradle -b @
cmake --build @
cmake --build b --target @
cmake -E env @
cmake -E env sh -c @
cmake "-D@" .
ansible -i @ all -m ping
ansible-playbook -i @ site.yaml
ansible-playbook -l x -e @ site.yaml
yq . @
yq e @ f
yq -s @ f
yq --from-file @ f
xmllint --shell @
xmllint @
xsltproc @ in.xml
xsltproc --param x @ style.xsl in.xml
npm version @
npm version --script-shell @ 1
npm --prefix @ version 1
npm pkg set x=@
npm start @
lxc exec c -- @
lxc exec c -- sh -c @
lxc exec c sh -c @
lxc exec --user 0 c -- sh -c @
lxc config set c raw.lxc @
incus exec c -- bash -c @
vagrant ssh app -c @
heroku run -a app @
fly ssh console -C @ -a app
fly machine run image @
consul lock x @
nomad job run @
nomad alloc exec -i x sh -c @
minikube ssh @
argocd admin x @
vault ssh x @
vault agent -config=@
gcloud compute ssh x --command=@
gcloud compute ssh x -- @
gcloud compute ssh --zone x y --command @
gcloud --project x compute ssh y --command @
gcloud compute instances create @ x
az vm run-command invoke --scripts @ -n x
az container exec --exec-command @
az --subscription x vm run-command invoke @
doctl compute ssh @
hcloud server ssh @
gcloud compute instances add-metadata x --metadata startup-script=@
gcloud compute instances add-metadata x --metadata @
gh alias set x @
gh alias set x "!@"
gh extension install @
gh codespace ssh @
gh pr list --jq @
gh issue list @
docker service create image @
docker service create image sh -c @
docker service create --entrypoint @ image
docker service create --name x image bash -c @
docker service update --args @ web
docker service update --entrypoint @ web
docker stack deploy -c @ x
sbatch --wrap @
sbatch --wrap=@
sbatch @
ip -batch @
ip -b @
ip netns exec x @
ip netns exec x bash -c @
ip vrf exec x sh -c @
ip netns exec @ cmd
tc -batch @
iptables --modprobe=@ -L
iptables -M @ -L
tcpdump -Z x -z @
tcpdump -w f @
nmap --datadir @ h

# options that the table does not know
tar --new-option=@ -cf x y
tar --new-option -- @
tar --new-option @
tar --new-option x @
curl --new-option=@ https://x
git clone --new-option -- @
git log --new-option=@
rsync -Qe@ a b
rsync -Qe @ a b
docker run $u image sh -c @
docker run "$u" -e A=@ image x @
sudo $u sh -c @
python3 $u x @
env $u @
timeout $u 5 @

# a program by path and version, behind others, and a name that is not sure
/opt/python/bin/python3.12 -c @
./venv/bin/python -c @
~/bin/python3 -c @
/usr/bin/perl5.36.0 -e @
/usr/lib/git-core/git -c @ log
/usr/bin/ssh host @
/usr/bin/sudo /usr/bin/env /bin/sh -c @
"$dir/bash" -c @
"$dir/python3" -c @
"$dir/eval" @
$u @
"$u" @
"$@" @
@ x
./bin/@ x
"@/bin/x" y
mytool sh -c @
mytool run -- bash -c @
mytool exec python3 -c @
mytool /bin/bash -lc @
! cmd @
{ cmd @
if cmd @
time cmd @
coproc cmd @
while cmd @
"" @
'' @
# what a name or an address chooses, where the value is the beginning of it
docker -H @ ps
docker --host=@ ps
docker compose -H @ up
docker build -f @ .
helm install --repo @ app x
helm pull --repo=@ x
kubectl apply -k @
restic -r @ snapshots
rclone copy @ backup:x
rclone copy backup:x @
cmake -S @ -B build
cmake -DCMAKE_TOOLCHAIN_FILE=@ .
cmake -DCMAKE_TOOLCHAIN_FILE:FILEPATH=@ .
cmake "-DCMAKE_C_COMPILER_LAUNCHER=@" .
# options and operands that run programs
helmfile -f @ apply
helmfile --helm-binary=@ apply
aws ec2 run-instances --user-data @
aws ec2 run-instances --cli-input-json=@
aws autoscaling create-launch-configuration --user-data @
gcloud builds submit --config @
gcloud builds submit --pack=@
ansible-galaxy install @
ansible-galaxy collection install @
ansible-galaxy install -r @
ansible-galaxy install --server=@ x
ansible-vault --vault-password-file @ view x
ansible-vault view --vault-id=@ x
chef-apply -e @
exiftool -if @ x
exiftool -p @ x
exiftool -config @ x
exiftool -@ @
exiftool @
cowsay -f @ moo
cowsay @
cowthink -f @
facter --custom-dir=@ x
facter --external-dir @
csvtool call @ x
msgfilter @
msgfilter -i x sed -e @
msgexec @
choom -n 0 -- @
choom -n 0 sh -c @
grc @
grc --pty @
logsave log @
logsave -a log sh -c @
aoss @
genie -c @
pexec @
pee @
pee cat @
mispipe cat @
rustup run stable @
rustup run @ cargo
rustup install @
uv tool run @
uv tool install @
c99 -wrapper @ x.c
c89 -wrapper @ x.c
cobc -x @
gtester @
rpmquery --eval @
rpmverify --eval=@
check_by_ssh -C @
tailscale ssh @
tailscale ssh h @
rlogin @
rlogin -l @ h
psftp -b @
runscript @
tasksh @
socket -p @ h 1
sqlmap --eval=@
msfconsole -x @
mosquitto -c @
apache2ctl -c @
telegraf --config @
slsh -e @
slsh @
rc -c @
pdb @
pdb3 @
pydoc @
python3 -m pydoc @
python3 -W @ x.py
python3 -X @ x.py
pandoc -f @ x
pandoc --to=@ x
scrot -e @
perlbug -e @
crash @
scanmem @
tmux -f @ new
"""

ACCEPTED = r"""
# shells
sh -c 'cp -- "$1" x' sh @
sh -ec 'cp -- "$1" x' sh @
bash -c 'printf "%s\n" "$1"' bash @
bash -o pipefail -c 'cp -- "$1" x' bash @
sh -c 'printf "%s\n" "$@"' sh @ @
sh script.sh @
sh ./script.sh @ b
bash -x script.sh @
bash -- script.sh @
bash -e deploy.sh --name @
bash "$dir/deploy.sh" @
sh -s -- @
bash -s -- @
bash --norc script.sh @
bash --login script.sh -c @
bash +x script.sh @
zsh script.zsh @
fish script.fish @
fish -c 'echo $argv' -- @
pwsh -NoProfile -File job.ps1 @
busybox cp -- @ x
busybox wget -O - -- https://x/@
su -c 'systemctl restart app' app
script -qc 'make all' "log-@"

# builtins
command -v @
command -V @
command cp -- @ x
builtin cd -- @
builtin echo @
exec cp -- @ x
exec -a name cp -- @ x
printf '%s\n' @
printf '%s' @ @
printf -- '%s\n' @
printf "%s" "a @"
printf -v x '%s' @
test -n @
test -f @
test -d "a/@"
test @ = yes
test @ != yes
test ! -e @
test @
test ! @
test @ -eq 1
[ @ = yes ]
[ -n @ ]
[ -z "@" ]
[ ! -f @ ]
[ @ -gt 5 ]
[ a = @ ]
[ "x@" = xyes ]
[ @ -nt file ]
set -- @
set -e -- @
set -eu -- @ @
set a @
set -- -x @
read -p @ x
read -t @ x
read -rp "@: " x
mapfile -d @ lines
echo @
echo -e @
echo -n @
cd @
cd -- @
pushd @
kill @
sleep @
exit @
return @
shift @
umask @
type @
true @
: @

# programs that run a command
env A=@ cmd
env A=@ cmd @
env A=@ B=@ cmd -x @
env -i A=@ cmd
env -u X cmd @
env -u @ cmd
env -iu X cmd @
env - cmd @
env - A=@ cmd
env -C @ cmd
env --chdir=@ cmd
env -- cmd @
env --unset=X cmd @
env GIT_AUTHOR_NAME=@ git commit -m x
/usr/bin/env cmd @
sudo cmd @
sudo -u app cmd @
sudo -u @ cmd
sudo -u @ cp -- @ c
sudo -nu app cmd @
sudo -E cmd @
sudo --user=@ cmd
sudo -- cmd @
sudo A=@ cmd
sudo -iu app cmd @
doas -u app cmd @
pkexec --user @ cmd x
runuser -u @ -- cmd x
runuser -u app -- cmd @
runuser -u app cmd @
runuser --user=app cmd @
nice cmd @
nice -n 5 cmd @
nice -n @ cmd
nice -10 cmd @
ionice -c 3 cmd @
ionice -c @ cmd
ionice -p @
chrt -f 10 cmd @
taskset -c 0-3 cmd @
taskset -p @
timeout 5 cmd @
timeout -k 5 9 cmd @
timeout -s @ 5 cmd
timeout -- @ cmd
timeout --signal=KILL 5 cmd @
timeout "5@" cmd x
stdbuf -oL cmd @
setsid cmd @
nohup cmd @
/usr/bin/time -f %e cmd @
chroot /srv cmd @
chroot -- @ cmd
unshare -n cmd @
nsenter -t 1 -n cmd @
nsenter -t @ -n cmd x
setpriv --reuid=@ cmd
setarch -R cmd @
setarch x86_64 -R cmd @
linux32 cmd @
prlimit --nofile=@ -- cmd
prlimit --pid @
flock file cmd @
flock -- @ cmd x
flock -w @ file cmd
flock -n "lock-@" cmd @
start-stop-daemon --start --exec /usr/bin/app -- @
start-stop-daemon -S -u @ -x /usr/bin/app
strace -f cmd @
strace -e trace=open cmd @
strace -E A=@ cmd
ltrace cmd @
valgrind cmd @
valgrind --log-file=@ cmd
perf stat -- cmd @
perf record -o @ cmd
xargs cmd @
xargs -0 cmd -- @
xargs -n @ cmd
xargs -I{} cp {} @
xargs -a @ cmd
xargs -P @ -n 1 cmd
numactl -N @ cmd
systemd-run --wait cmd @
systemd-run --unit=@ cmd
systemd-run -E A=@ cmd
systemd-nspawn -D @ cmd
firejail --noprofile cmd @
bwrap --bind @ /x cmd
fakeroot cmd @
faketime "2020 @" cmd x
unbuffer cmd @
gosu app cmd @
gosu -- @ cmd
su-exec app cmd @
chpst -u @ cmd
tini -- cmd @
dumb-init cmd @
ssh-agent cmd @
dbus-run-session -- cmd @
xvfb-run -a cmd @
xvfb-run -n @ cmd
torsocks cmd @
proxychains -q cmd @
entr cmd @
entr -r cmd -x @

# interpreters
python3 script.py @
python3 -u script.py @
python3 -W ignore script.py --x @
python3 -m module @
python3 -m json.tool @
python3 -m http.server @
python3 -c 'import sys; print(sys.argv)' @
python3 -c 'x' -c @
python3 -Ic 'x' @
python3 "$dir/x.py" @
python3 - @
python3 -m cProfile x.py @
python3 -m cProfile -o @ x.py
python3 -m timeit -n @ pass
python3 -m pytest -k @
python3 -m coverage run x.py @
python3 -m venv -- @
python3 -m venv "env-@"
python3 -m pip install app==@
pytest -k @
pytest tests -m @
pytest --junitxml=@ tests
perl script.pl @
perl -w script.pl @
perl -w -I lib script.pl @
perl -I @ script.pl
ruby script.rb @
ruby -e 'puts ARGV' -- @
ruby -I lib script.rb @
node script.js @
node -e 'x' -- @
node --max-old-space-size=@ script.js
node --env-file=.env script.js @
tsx script.ts @
deno run script.ts @
deno run -A script.ts @
bun script.ts @
bunx cowsay @
php script.php @
php -r 'x' -- @
php -f script.php -- @
lua script.lua @
lua -e 'x' script.lua @
tclsh script.tcl @
expect script.exp @
Rscript script.R @
Rscript --vanilla script.R @
julia script.jl @
julia --threads @ script.jl
groovy script.groovy @
osascript script.scpt @
java -jar app.jar @
java -Dx=@ -jar app.jar
java -cp lib Main @
java -Xmx1g -jar app.jar --name @
go test -run=@ ./pkg
go test -run @ ./pkg
go build -o @ ./pkg
go build -tags @ ./pkg
go mod tidy @
cargo build --target-dir=@
cargo test --package=@
cargo publish --token x --dry-run
dotnet app.dll @

# languages of their own
awk '{ print }' @
awk -v x=@ '{ print x }' f
awk -vx=@ '{ print x }' f
gawk --assign=x=@ '{ print x }' f
sqlite3 ./@ 'select 1'
awk -F @ '{ print }' f
awk -F: '{ print $1 }' @
awk -f prog -F @ f
awk -v n=1 '{ print n }' @
gawk '{ print }' @
awk -- '{ print }' @
awk -f prog -- @
sed -n p -- @
sed s/a/b/ -- @
sed s/a/b/ "./@"
sed -i s/a/b/ -- @
sed -e s/a/b/ -- @
sed -f prog -- @
sed -l @ p f
jq . -- @
jq -r .a "./@"
jq --arg x @ '.a == $x' f
jq --argjson x @ .a f
jq -n --arg a @ --arg b @ '{a: $a, b: $b}'
jq --slurpfile x @ . f
jq --rawfile x @ . f
jq --indent @ . f
ninja -C build -- @
ninja -j @
terraform apply -var x=@
terraform apply -var "x=@" -auto-approve
terraform plan -out @
terraform plan -target=@
terraform -chdir=infra apply -var x=@
ffmpeg -i ./@ out.mp4
ffmpeg -i @ -c copy ./out.mp4
ffmpeg -i in.mp4 -ss @ ./out.mp4
pandoc -o @ in.md
pandoc --metadata title=@ -o out.html in.md
gcc -o @ a.c
gcc -DX=@ a.c
gcc -c ./@
gcc -O2 -I @ a.c

# other machines
ssh -- @ "systemctl restart app"
ssh -- @ uptime
ssh -p @ -- host uptime
ssh -i @ host uptime
ssh -l @ host uptime
ssh -o BatchMode=yes -- @ uptime
ssh "app-@" uptime
ssh -L @ host sleep 5
ssh -4 -- @ true
scp -- @ host:x
scp a -- @
scp -P @ a host:x
scp ./@ host:x
scp a "host:@"
scp -i @ -r a host:x
sftp -P @ -- host
rsync -a -- @ host:x
rsync -a ./@ host:x
rsync -a --exclude=@ a b
rsync -a --exclude @ a b
rsync --bwlimit=@ a b
rsync -e ssh -a -- @ @
rsync --partial --info=progress2 -- @ b
sshpass -f @ ssh -- host uptime
curl -fsS "https://x/@"
curl -fsS -- @
curl --url @
curl -fsS -H "X: @" --data-urlencode "q=@" -- "https://x/@"
curl -fsS -H @ https://x
curl -X POST -d @ https://x
curl -o @ https://x
curl -so@ https://x
curl -u "user:@" https://x
curl --data-binary @ https://x
curl -F "file=@" https://x
curl --retry @ https://x
curl --max-time=@ https://x
curl -fsSLo @ https://x
curl --json @ https://x
wget -q -- @
tcpdump -w @
tcpdump -i @ -c 5
wget -O @ -- https://x
wget -qO- https://x/@
wget --header="X: @" https://x
openssl x509 -noout -in @
openssl req -new -subj @ -key k
openssl enc -aes-256-cbc -pass @ -in f
openssl s_client -connect @
gpg --verify -- @
gpg -r @ -e f
gpg --batch --passphrase @ -c f

# files
find ./@ -type f
find "/srv/@" -name x
find . -name @
find . -name "*@*"
find . -path @ -prune -o -print
find . -newer @
find . -mtime @ -delete
find . -exec cp {} @ \;
find . -exec grep -e @ {} +
find ./@ -name "*@" -exec cp {} @ \;
find . -maxdepth @
find . -user @ -type f
find . -exec sh -c 'cp "$1" "$2"' sh {} @ \;
fd -t f -- @
fd -e @ pattern
rg -e @ -- src
rg -e @ src
rg -- @
rg -g @ pattern
rg --glob=@ pattern
tar -cf @ -- @
tar -xf @
tar -xzf @ -C @
tar xf @
tar -czf "a-@.tgz" dir
tar -C @ -czf a.tgz .
tar --exclude=@ -cf a b
tar --exclude @ -cf a b
tar -xf a -- @
tar --file=@ -x
tar --directory @ -xf a
tar -cf a "./@"
tar cf a ./@
zip -r -- out.zip @
zip -r out.zip -- @
zip -r "out-@.zip" dir
zip -P @ out.zip f
unzip -q ./@
unzip -d @ a.zip
sort -- @
sort -t @ f
sort -k @ f
sort -o @ f
sort --field-separator=@ f
split -l @ f
split -b @ -- f part-
split -l 5 -- @ part-
diff -u -- @ b
diff -U @ a b
patch -p1 -i @
patch -d @ -p1
install -m 600 -- @ b
install -m @ a b
install -o @ a b
logrotate --state=@ conf
run-parts --regex=@ dir
grep @ f
grep -e @ f
grep -rn -- @ src
cp @ b
cp -- @ b
mv @ @
ln -s @ b
rm -rf @
rm -- @
mkdir -p @
cat @
tee @
touch @
chmod 600 @
chown @ f
head -n @ f
tail -f @
wc -l @
cut -d @ -f 1
tr @ x
date -d @
seq @
basename @
dirname @
realpath @
stat @
du -sh @
df @
gzip @
base64 @
sha256sum @
md5sum @
tsort @
envsubst @
uniq @
paste @
comm @ b
xxd @
file @
dd if=@ of=x
ls @
id @
getent passwd @
host @
dig @
ping -c 1 @
jobs

# git
git -C @ status
git clone -- @
git clone -- @ dir
git clone -b @ -- https://x
git clone --branch=@ https://x
git clone --depth @ https://x
git clone https://x "dir-@"
git clone "https://x/@"
git clone --depth=1 -b @ -- https://x dir
git fetch -- origin @
git fetch --depth=@ origin
git fetch origin "refs/heads/@"
git pull -- origin @
git pull --ff-only -- origin @
git push -- origin @
git push origin "HEAD:refs/heads/@"
git push -o @ origin main
git push -o ci.skip -- origin @
git ls-remote -- @
git ls-remote origin "refs/heads/@"
git commit -m @
git commit -am @
git commit --message=@
git commit -F @
git commit --author=@ -m x
git commit -m "release @" -- file
git tag -a -m @ -- @
git tag "v@"
git tag -m @ v1
git tag -- @
git checkout --end-of-options @
git checkout -b @
git checkout -- @
git checkout "release/@"
git switch -c @
git branch -- @
git reset --hard --end-of-options @
git reset -- @
git merge --end-of-options @
git merge -m @ topic
git cherry-pick --end-of-options @
git log --end-of-options @
git log -- @
git log --author=@
git log --since=@
git log -n @
git log --grep @
git log --format=@
git log "v@..HEAD"
git show --end-of-options @
git show "HEAD:@"
git diff -- @
git diff HEAD -- @
git diff --stat "v@"
git rev-parse --end-of-options @
git rev-parse "refs/tags/@"
git add -- @
git add ./@
git rm -- @
git grep -e @
git grep -e @ -- src
git grep -n -e @ HEAD
git rebase "origin/@"
git rebase --onto @ main
git archive --prefix=@ HEAD
git archive -o @ HEAD
git archive --format=tar "v@"
git submodule update --init -- @
git submodule add -b @ -- https://x
git worktree add -- @
git worktree add -b @ dir
git remote add -- origin @
git remote set-url -- origin @
git init -- @
git init -b @
git describe --match @
git stash push -m @
git blame -- @
git shortlog -- @
git --no-pager log --end-of-options @
git --work-tree=@ status
git bisect good
git config --list
git show-ref --verify -- @
git commit --no-edit -- @
git commit --no-verify -m @
git branch -m -- @
git branch --set-upstream-to=@
git ls-files -x @
git cherry-pick -m @ topic
git status --short -- @
git restore -s @ -- f
git clean -e @
git for-each-ref --format=@
ssh-keygen -t ed25519 -C @ -f key
ssh-keyscan @
docker run -h @ image
git apply -- @
git am -- @
git update-ref -m @ refs/x HEAD
git format-patch -o @ HEAD~1
svn checkout -- @
svn commit -m @
gh issue list --label @

# containers and clusters
docker run -e A=@ image
docker run --env=A=@ image
docker run --env A=@ -- image
docker run --rm -v @:/x image cmd x
docker run --rm -v "$PWD:/x" image cmd @
docker run --rm --name @ image
docker run -- @
docker run "registry/@"
docker run image cmd @
docker run --rm --entrypoint cp image @
docker run --entrypoint /bin/cp -- image @
docker run image sh -c 'cp -- "$1" x' sh @
docker run --network=@ image
docker run -l a=@ -p @ image
docker build -t app:@ .
docker build -t @ .
docker build --build-arg V=@ .
docker build --build-arg "V=@" -f Dockerfile .
docker build --label=@ .
docker buildx build --push -t "app:@" .
docker push -- @
docker push "app:@"
docker tag "a:@" "b:@"
docker pull -- @
docker pull app:@
docker exec c cmd @
docker exec -u @ c cmd
docker exec -e A=@ c cmd
docker exec -- @ cmd
docker exec "app-@" cmd x
docker logs -- @
docker rm -f @
docker login -u @ -p @ host
docker ps --filter name=@
docker compose up -d
docker compose -p @ up -d
docker compose exec -T app cmd @
docker compose run --rm -e A=@ app
docker compose run app cmd @
docker compose pull @
podman run -e A=@ image
kubectl -n @ get pods
kubectl -n @ rollout restart deploy/app
kubectl --namespace=@ get pods
kubectl get pods -n @
kubectl get pods -l app=@
kubectl get "pod/@"
kubectl get -- @
kubectl set image deploy/app "app=img:@"
kubectl apply -f @
kubectl apply -n @ -f x.yaml
kubectl patch deploy app -p @
kubectl scale --replicas=@ deploy/app
kubectl delete pod -- @
kubectl create configmap x --from-literal=a=@
kubectl annotate deploy/app "x=@"
kubectl exec pod -- cmd @
kubectl exec "pod/@" -- cmd x
kubectl -n @ exec pod -- cmd @
kubectl exec -n @ pod -c app -- cmd x
kubectl exec pod -- sh -c 'cp -- "$1" x' sh @
kubectl run x --image=@
kubectl run x --image="app:@" --env="A=@"
kubectl wait --for=@ pod/x
kubectl logs "deploy/@" --tail=5
kubectl --context @ get pods
helm upgrade --set x=@ app chart
helm upgrade --install app chart --set "image.tag=@"
helm upgrade --install app chart -n @ -f values.yaml
helm upgrade app chart --version @
helm upgrade -- @ chart
helm install app chart --set-string=x=@
helm uninstall -- @
helm rollback app 1 -n @
helm -n @ list
aws s3 cp @ s3://x/
aws s3 cp f "s3://x/@"
aws --region @ s3 ls
aws ssm put-parameter --name x --value @
aws ecs update-service --cluster @ --service @

# packages and environments
pip install "app==@"
pip install app==@
pip install -c @ app
pip install --target=@ app
pip install -r requirements.txt --platform @
uv run cmd @
uv run -- cmd @
uv run python script.py @
uv run python -m module @
uv pip install app==@
poetry run cmd @
poetry run python script.py @
pipenv run cmd @
conda run -n @ cmd x
conda run -n x cmd @
bundle exec cmd @
direnv exec . cmd @
aws-vault exec app -- cmd @
op run --env-file=@ -- cmd x
doppler run -- cmd @
apt-get install -y -- @
apt-get install -y app=@
apt-get install "app=@"
apt-get -t @ install x
dpkg -i ./@
rpm -q -- @
dnf install -y -- @
apk add --no-cache -- @

# the system
systemctl restart -- @
systemctl restart "app-@"
systemctl restart "app@.service"
systemctl --user restart -- @
journalctl -u @
journalctl --since=@
journalctl -n @ -u x
useradd -m -- @
useradd -c @ x

# builds, clusters and sites
mvn -B "-Drevision=@" package
mvn -Dx=@ package
gcloud compute instances stop -- @
gcloud compute instances list --filter @
mvn -Dx="a @" deploy
mvn -P @ package
gradle -Px=@ build
gradle "-Pversion=@" "-Dx=@" build
gradle --tests=@ test
cmake -S . -B build "-DAPP_VERSION=@"
cmake -DX=@ .
ansible-playbook -l @ site.yaml
ansible-playbook --tags=@ site.yaml
ansible-playbook --limit @ -t @ site.yaml
yq e .a ./@
yq -r .a f ./@
yq --arg x @ .a f
xmllint --noout ./@
xsltproc --stringparam x @ style.xsl in.xml
npm version -- @
npm publish --tag @
npm version --no-git-tag-version -m @ -- @
argocd app sync -- @
argocd app set app --parameter x=@
heroku config:set x=@
fly deploy --image @
consul kv put x @
vault kv put secret/x password=@
minikube start -p @
vagrant up @
lxc exec c -- cmd @
lxc exec c -n -- cmd @
lxc launch ubuntu: @
kustomize edit set image -- app=app:@
kustomize edit set image "app=app:@"
gcloud --project @ run services list
gcloud run deploy app --image @
gcloud secrets versions add @
az group create -n @
az vm list -g @
gh release create "v@"
gh release create -- @
gh pr create --title @ --body @
gh -R @ issue list
gh workflow run x.yaml -f tag=@
gh api "repos/@/issues"
docker service update --image @ -- web
docker service scale "web=@"
docker service create --name @ image cmd @
docker stack deploy -c stack.yaml -- @
sbatch job.sh @
sbatch -p @ job.sh
ip addr show dev @
ip link set @ up
ip netns exec app cmd @
ip -br link show @
tc qdisc show dev "eth@"
iptables -A INPUT -s @ -j DROP
iptables -D INPUT --dport=@
tcpdump -r @ -c 5
nmap -p @ -- host
nmap -p 22 -- @

# the script's own options, and options that the table does not know, where every operand is data
curl $u -H "X: @" https://x
curl "$u" -fsS -- @
curl --new-option --header=@ https://x
tar $u -cf x.tar -- @
tar $u -C @ -xf x.tar
tar -cf x.tar $u -- @
git log $u -- @
git clone $u x -- @
rsync $u -a -- @ host:x
sort $u -- @
scp $u -- @ host:x
pip install $u "app==@"
kubectl -n @ $u get pods
apt-get $u install -y -- @

# programs of no table
mytool @
mytool --x @
./bin/tool @
/opt/x/bin/tool --name=@
"$dir/tool" x
~/bin/tool @
deploy @ -c @
# names and addresses that begin with the script's own text
docker -H "tcp://@" ps
docker build -f "docker/@/Dockerfile" .
docker build -f Dockerfile -t "app:@" .
helm install --repo "https://charts/@" app x
kubectl apply -k "overlays/@"
kubectl apply -f @
restic -r "s3:bucket/@" snapshots
restic backup -- @
rclone copy "./@" "backup:@"
cmake -S "./@" -B build
cmake "-DAPP_VERSION:STRING=@" .
helmfile -e @ apply
aws ec2 start-instances --instance-ids @
aws ec2 describe-instances --filters @
gcloud builds submit --substitutions=_TAG=@ .
ansible-galaxy install "acme.app,@"
ansible-vault view ./@
exiftool -json ./@
exiftool -Comment=@ ./x.jpg
cowsay -- @
facter -- @
csvtool col 1 @
csvtool call cp ./@
msgfilter -i in.po cp -- @ /tmp/x
choom -n 0 -- cp -- @ /tmp/x
logsave log cp -- @ /tmp/x
rustup run stable cp -- @ /tmp/x
rustup install "1.@"
uv tool install "app==@"
tailscale up --authkey=@
as -o @ ./x.s
python3 -W error x.py @
"""

#: Commands that run what they read from their standard input.
READS_INPUT = r"""
sh
sh -
sh -s
sh -s -- x
sh -x
sh /dev/stdin
bash -s x
bash --norc
bash -o pipefail
sudo sh
sudo -u app bash -s
sudo -s
env sh
env -i bash
nice -n 5 sh
timeout 5 sh
nohup bash
busybox sh
chroot /srv
chroot /srv sh
unshare -n
su
su app
su - app
su -c sh app
su -c 'cat | bash' app
runuser app
runuser -u app -- sh
python3
python3 -
python3 -u
perl
perl -
perl -w
ruby
node
node -
php
lua -
tclsh
Rscript -
R
julia
sed -f -
sed -f /dev/stdin x
awk -f -
awk -f /dev/stdin x
jq -f /dev/stdin x
make -f -
source /dev/stdin
. /dev/stdin
ssh host
ssh -- host
ssh host sh
ssh host 'bash -s'
ssh host 'sudo sh'
ssh host "cd /x && sh"
ssh -t host
docker exec -i c sh
docker exec -i c bash -s
docker run -i image sh
docker run -i --entrypoint sh image
docker run --rm -i image python3 -
docker compose exec -T app sh
kubectl exec -i pod -- sh
kubectl exec -i pod -- bash -s
kubectl -n x exec -i pod -- sh
podman exec -i c sh
flock f sh
xargs sh -c
xargs env
xargs sudo
xargs -I{} sh -c '{}'
xargs -I{} sh -c 'echo {}'
xargs -i sh -c 'echo {}'
xargs -I % sh -c 'rm %'
xargs -0 -n 1 bash -c
xargs eval
xargs git clone
xargs tar -cf x
xargs find
parallel
parallel echo
at now
batch
crontab -
ed x
ex x
vim -
gdb
bc
dc
gnuplot
sqlite3 f
psql
psql db
psql -f -
mysql db
mongosh
redis-cli
clickhouse-client
sh -c sh
sh -c 'cat | sh'
bash -c 'sh -s'
script -q log
git bisect run x
mail -s x ops
$u
ruby -rdebug app.rb
ruby -r debug app.rb x
ruby --require=debug/open app.rb
ruby -rbyebug app.rb
nc -e sh host 1
nc -c 'bash -s' host 1
ncat --sh-exec sh host 1
ncat --exec "/bin/bash -s" host 1
zip out.zip -T -TT 'sh #' x
zip out.zip -T --unzip-command='sh #' x
terraform console
terraform console -var x=y
as
as -o x
as -o x -
openssl
cpan
hping3
nmap --interactive
pic -U x
dnf shell
zypper shell
ginsh
psftp host
tasksh
msfconsole
pdb x.py
rc
pee sh
pee 'cat > x' 'bash -s'
"""

#: Commands that read data from their standard input, or nothing.
TAKES_INPUT = r"""
cat
tee file
sh script.sh
sh -c 'cat'
sh -c 'cat > file'
bash -c 'wc -l'
bash script.sh
sudo tee file
sudo -u app tee file
sudo sh script.sh
env A=1 cat
timeout 5 cat
python3 script.py
python3 -c 'import sys'
python3 -m json.tool
perl -ne 'print'
perl script.pl
ruby -ne 'print'
node script.js
node -e 'x'
php script.php
sed -n p
sed s/a/b/
sed -e s/a/b/
sed -f prog
awk '{ print }'
awk -f prog
jq .
jq -r .a
grep x
sort
xargs cat
xargs -0 cp -t x --
xargs -n 1 echo
xargs -I{} cp {} x
xargs rm --
xargs git add --
xargs -0 tar -cf x --
ssh host 'cat > file'
ssh -- host 'tee file'
ssh host "sudo tee file"
docker exec -i c cat
docker exec -i c sh -c 'cat > x'
docker run -i image cat
docker load
docker login --password-stdin
kubectl apply -f -
kubectl exec -i pod -- cat
kubectl exec -i pod -- tee file
su -c 'cat > x' app
git apply
git commit -F -
git hash-object --stdin
tar -xf -
gzip -c
curl -T - https://x
curl --data-binary x https://x
openssl dgst -sha256
gpg -d
helm template x y
wc -l
read x
read -r x y
mapfile -t lines
while-tool
mytool
./tool
less
ruby -rjson app.rb
ruby -rdebugger_free app.rb
nc -w1 host 1
zip -@ out.zip
zip out.zip -T -TT 'unzip -t' x
terraform apply -auto-approve
as ./x.s
as -o x ./x.s
openssl dgst -sha256
dnf install -y x
pee 'cat > x' 'gzip > y'
cpan install Plack
"""
