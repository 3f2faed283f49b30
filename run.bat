@echo off
rem Open the planner on Windows:   run.bat [streamlit options]      e.g.  run.bat --server.port 8600
rem Makes .venv beside this file with Python 3.11 or newer, installs the pinned packages once, asks nothing.
rem A folder "wheels" (pip download -r requirements.txt -d wheels) makes that work without the internet.
setlocal
chcp 65001 >nul
if defined PLANNER_DISTRICT for %%I in ("%PLANNER_DISTRICT%") do set "PLANNER_DISTRICT=%%~fI"
if defined PLANNER_STORE echo %PLANNER_STORE%| findstr /r "^none$ ://" >nul || for %%I in ("%PLANNER_STORE%") do set "PLANNER_STORE=%%~fI"
cd /d "%~dp0"
set "PY=.venv\Scripts\python.exe"
set "PYTHONUTF8=1"

"%PY%" -c "import sys, pip; sys.exit(sys.version_info < (3, 11))" >nul 2>nul && goto ready
set "BASE="
if defined PLANNER_PYTHON set BASE="%PLANNER_PYTHON%"
for %%C in ("py -3.11" "py -3.12" "py -3.13" "py -3" "python") do call :try %%C
if not defined BASE goto nopython
echo Making the environment .venv ...
%BASE% -m venv --clear .venv || goto failed

:ready
fc /b requirements.txt .venv\installed-requirements.txt >nul 2>nul && goto start
set "SOURCE="
if exist wheels\ set "SOURCE=--no-index --find-links wheels"
echo Installing packages, first time or new versions only ...
"%PY%" -m pip install --quiet --disable-pip-version-check --no-input %SOURCE% -r requirements.txt || goto failed
copy /b /y requirements.txt .venv\installed-requirements.txt >nul

:start
set "ADDRESS=127.0.0.1"
if "%PLANNER_TRUSTED_LAN%"=="1" set "ADDRESS=0.0.0.0"
"%PY%" -m streamlit run app.py --server.showEmailPrompt false --browser.gatherUsageStats false %* --server.address %ADDRESS%
exit /b %ERRORLEVEL%

:try
if defined BASE goto :eof
%~1 -c "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))" >nul 2>nul && set "BASE=%~1"
goto :eof

:nopython
echo No Python 3.11 or newer was found. Install it from the software centre, or set PLANNER_PYTHON.
echo 没有找到 Python 3.11 或更新的版本，请先安装，或用 PLANNER_PYTHON 指明路径。
exit /b 1

:failed
echo The packages could not be installed. Without internet, put the folder "wheels" beside run.bat and run it again.
echo 软件包没有装好。没有互联网时，请把 wheels 文件夹放到 run.bat 旁边再运行。
exit /b 1
